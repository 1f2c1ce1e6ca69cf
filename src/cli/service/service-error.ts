import { CliError } from '../cli-error.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { safeText } from '../../domain/safe-text.js';
import { shellWord } from '../terminal/shell-word.js';

/** Why the service gave no answer. */
export class ServiceError extends CliError {
  override readonly name = 'ServiceError';

  constructor(
    exitCode: ExitCode,
    message: string,
    /** `extensions.code` of the service, or `HTTP_<status>`, or the code of a connection that failed. */
    readonly code: string,
    /** Whether the same question may be answered a little later. */
    readonly isTransient: boolean,
    /** Milliseconds to wait before asking again, where the service said so. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(exitCode, message);
  }
}

/** One member of `errors`, as far as it is looked at. */
export interface GraphqlError {
  readonly message: string;
  readonly code: string;
  readonly availableFiles: readonly string[];
  readonly requestId: string | null;
  /** Seconds. */
  readonly retryAfter: number | null;
}

interface Meaning {
  readonly exit: ExitCode;
  readonly text: string | ((error: GraphqlError) => string);
  readonly isTransient?: true;
}

const { usage, refused, notFound, network } = EXIT;

/** What the codes of docs/errors.md mean to somebody at a terminal. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  FILE_NAME_REQUIRED: {
    exit: usage,
    text: (error) => `Choose a file with --file: ${files(error)}.`,
  },
  FILE_NOT_IN_BACKUP: {
    exit: notFound,
    text: (error) => `The backup has no such file; it has ${files(error)}.`,
  },
  FILE_NAME_NOT_SUPPORTED: {
    exit: usage,
    text: 'Backups of this engine are downloaded as a whole set: leave out --file.',
  },
  EXPIRES_IN_NOT_SUPPORTED: {
    exit: usage,
    text: 'Links of this engine have a fixed lifetime: leave out --expires-in.',
  },
  EXPIRES_IN_OUT_OF_RANGE: {
    exit: usage,
    text: '--expires-in is out of range: give 1 second to 24 hours (86400).',
  },
  INVALID_ID: {
    exit: usage,
    text: 'This does not name a backup: give <region>/<instance>/<backupId>; `backups list` lists the backupIds.',
  },
  BACKUP_NOT_FOUND: { exit: notFound, text: 'The backup was deleted: see `backups list`.' },
  ENGINE_UNSUPPORTED: {
    exit: notFound,
    text: 'Backups of this engine have no download link: get them in the cloud console.',
  },
  ENGINE_UNKNOWN: {
    exit: notFound,
    text: 'The instance was deleted and its backup does not tell its engine, so there is no link: ask the operator of the service.',
  },
  UNAUTHENTICATED: {
    exit: refused,
    text: 'The service rejected the token: get a new one and set BACKUPS_TOKEN or --token-file.',
  },
  FORBIDDEN: {
    exit: refused,
    text: ({ message }) => `Not permitted: ${sentence(message)} Ask the operator of the service.`,
  },
  TOO_MANY_LINKS: { exit: usage, text: 'Too many links at once: ask for fewer files.' },
  SERVICE_UNAVAILABLE: {
    exit: network,
    text: 'The service is overloaded: retry later.',
    isTransient: true,
  },
  UPSTREAM_THROTTLED: {
    exit: network,
    text: 'The cloud accepts no more calls for now: retry later.',
    isTransient: true,
  },
  UPSTREAM_TIMEOUT: {
    exit: network,
    text: 'The cloud did not respond in time: retry.',
    isTransient: true,
  },
  UPSTREAM_UNAVAILABLE: {
    exit: network,
    text: 'The cloud cannot be reached or is failing: retry later.',
    isTransient: true,
  },
  UPSTREAM_BAD_RESPONSE: {
    exit: network,
    text: 'The response of the cloud could not be read: tell the operator of the service.',
  },
  UPSTREAM_AUTH: {
    exit: network,
    text: 'The cloud refused the credentials of the service: tell its operator.',
  },
  INTERNAL_SERVER_ERROR: {
    exit: network,
    text: 'The service failed: its operator finds the reason in its log.',
  },
  GRAPHQL_VALIDATION_FAILED: {
    exit: network,
    text: 'The service does not know this query: use the version of backups that belongs to it.',
  },
  PERSISTED_QUERY_NOT_IN_LIST: {
    exit: refused,
    text: 'The service runs registered operations only: ask its operator to register those of backups.',
  },
};

/** The failure that an error of an answer stands for. */
export function toServiceError(error: GraphqlError): ServiceError {
  const { code, requestId, retryAfter } = error;
  const meaning = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
  const {
    exit,
    text,
    isTransient = false,
  } = meaning ?? {
    exit: code === 'BAD_USER_INPUT' ? usage : network,
    text: `The service rejected the query; check --url or the arguments: ${sentence(error.message)}`,
  };
  const message = typeof text === 'string' ? text : text(error);
  const quoted = requestId === null ? '' : ` Request id for a ticket: ${safeText(requestId)}.`;
  const waitMs = retryAfter === null ? null : retryAfter * 1000;
  return new ServiceError(exit, message + quoted, code, isTransient, waitMs);
}

function files({ availableFiles }: GraphqlError): string {
  return availableFiles.length === 0
    ? 'those that `backups files` lists'
    : listed(availableFiles.map(shellWord));
}

/** The first names of a list, and how many more there are. */
export function listed(names: readonly string[], most = 10): string {
  const rest = names.length - most;
  return names.slice(0, most).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** A message of the service, cut where it is too long. */
function sentence(message: string): string {
  const text = safeText(message.length > 300 ? `${message.slice(0, 300)}…` : message);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
