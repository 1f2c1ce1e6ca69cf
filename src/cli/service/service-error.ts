import { cutText } from '../../domain/cut-text.js';
import { safeText } from '../../domain/safe-text.js';
import { CliError, EXIT, type ExitCode } from '../cli-error.js';
import { listed, shellWord } from '../terminal/text.js';

/** Why the service gave no answer. */
export class ServiceError extends CliError {
  override readonly name = 'ServiceError';

  constructor(
    exitCode: ExitCode,
    message: string,
    /** `extensions.code` of the service, or `HTTP_<status>`, or the code of a connection that failed. */
    readonly code: string,
    /** Whether the same question may be answered a little later. */
    readonly isTransient = false,
    /** Milliseconds to wait before asking again, where the service said so. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(exitCode, message);
  }
}

/** What is known of a failure. */
export interface Facts {
  readonly code: string;
  /** Of the service, as it may be shown. */
  readonly address: string;
  /** The service's own words; empty for none. */
  readonly message?: string;
  readonly availableFiles?: readonly string[];
  readonly requestId?: string | null;
  /** Seconds. */
  readonly retryAfter?: number | null;
}

type Meaning = readonly [
  exit: ExitCode,
  text: string | ((facts: Facts) => string),
  isTransient?: 'transient',
];

const { usage, refused, notFound, network } = EXIT;
const NO_HOST: Meaning[1] = ({ address }) =>
  `The host of ${address} cannot be found: check --url or BACKUPS_URL, and the network.`;
const NO_TLS: Meaning[1] = ({ address }) =>
  `${address} does not speak TLS: should --url begin with http://?`;
const NO_HTTP: Meaning[1] = ({ address }) =>
  `${address} does not speak HTTP: check --url or BACKUPS_URL; an HTTPS port needs https://.`;
const NOT_ADMITTED: Meaning[1] = ({ address, code }) =>
  `${address} refused the request (${code.replace('_', ' ')}): check the token and --url.`;
const PROXY_PASSWORD = 'The proxy requires a password: put it in HTTPS_PROXY or HTTP_PROXY.';

/** What a code means to somebody at a terminal: those of docs/errors.md, of HTTP, and of connections. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  FILE_NAME_REQUIRED: [usage, (facts) => `Choose a file with --file: ${files(facts)}.`],
  FILE_NOT_IN_BACKUP: [notFound, (facts) => `The backup has no such file; it has ${files(facts)}.`],
  FILE_NAME_NOT_SUPPORTED: [
    usage,
    'Backups of this engine are downloaded as a whole set: leave out --file.',
  ],
  EXPIRES_IN_NOT_SUPPORTED: [
    usage,
    'Links of this engine have a fixed lifetime: leave out --expires-in.',
  ],
  EXPIRES_IN_OUT_OF_RANGE: [
    usage,
    '--expires-in is out of range: give 1 second to 24 hours (86400).',
  ],
  INVALID_ID: [
    usage,
    'This does not name a backup: give <region>/<instance>/<backupId>; `backups list` lists the backupIds.',
  ],
  BAD_USER_INPUT: [usage, rejected],
  BACKUP_NOT_FOUND: [notFound, 'The backup was deleted: see `backups list`.'],
  ENGINE_UNSUPPORTED: [
    notFound,
    'Backups of this engine have no download link: get them in the cloud console.',
  ],
  ENGINE_UNKNOWN: [
    notFound,
    'The instance was deleted and its backup does not say its engine, so there is no link: ask the operator of the service.',
  ],
  UNAUTHENTICATED: [
    refused,
    'The service rejected the token: get a new one and set BACKUPS_TOKEN or --token-file.',
  ],
  NO_TOKEN: [refused, 'The service requires a token: set BACKUPS_TOKEN or give --token-file.'],
  FORBIDDEN: [
    refused,
    ({ message }) => `Not permitted: ${sentence(message)} Ask the operator of the service.`,
  ],
  TOO_MANY_LINKS: [usage, 'Too many links at once: ask for fewer files.'],
  SERVICE_UNAVAILABLE: [network, 'The service is overloaded: retry later.', 'transient'],
  UPSTREAM_THROTTLED: [
    network,
    'The cloud accepts no more calls for now: retry later.',
    'transient',
  ],
  UPSTREAM_TIMEOUT: [network, 'The cloud did not respond in time: retry.', 'transient'],
  UPSTREAM_UNAVAILABLE: [
    network,
    'The cloud cannot be reached or is failing: retry later.',
    'transient',
  ],
  UPSTREAM_BAD_RESPONSE: [
    network,
    'The response of the cloud could not be read: tell the operator of the service.',
  ],
  UPSTREAM_AUTH: [network, 'The cloud refused the credentials of the service: tell its operator.'],
  INTERNAL_SERVER_ERROR: [network, 'The service failed: its operator finds the reason in its log.'],
  GRAPHQL_VALIDATION_FAILED: [
    network,
    'The service does not know this query: use the version of backups that belongs to it.',
  ],
  PERSISTED_QUERY_NOT_IN_LIST: [
    refused,
    'The service runs registered operations only: ask its operator to register those of backups.',
  ],

  HTTP_401: [refused, NOT_ADMITTED],
  HTTP_403: [refused, NOT_ADMITTED],
  HTTP_407: [refused, PROXY_PASSWORD],

  // Refused at once, or the wrong host: asking again within seconds changes nothing.
  ECONNREFUSED: [
    network,
    ({ address }) =>
      `Nothing listens at ${address}: start the service, or give its address with --url or BACKUPS_URL.`,
  ],
  EACCES: [network, connectionFailed],
  ENOTFOUND: [network, NO_HOST],
  EAI_AGAIN: [network, NO_HOST, 'transient'],
  NOT_HTTP: [network, NO_HTTP],
  EPROTO: [network, NO_TLS],
  ERR_SSL_WRONG_VERSION_NUMBER: [network, NO_TLS],
  PROXY_CLOSED: [
    network,
    ({ address }) =>
      `The proxy opened no connection to ${address}: check HTTPS_PROXY and HTTP_PROXY, or add the host to NO_PROXY.`,
    'transient',
  ],
  PROXY_UNREACHABLE: [
    network,
    'The proxy cannot be reached: check HTTPS_PROXY and HTTP_PROXY, or add the host to NO_PROXY.',
  ],
  PROXY_HTTP_403: [network, connectionFailed],
  PROXY_HTTP_407: [network, PROXY_PASSWORD],
};

const CERTIFICATE =
  /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT_ALTNAME_INVALID|CRL_|HOSTNAME_MISMATCH/;

/** Whether a code of Node or OpenSSL says that a certificate is not trusted. */
export function isUntrustedCertificate(code: string): boolean {
  return CERTIFICATE.test(code);
}

/** The failure for a member of `errors`. */
export function toServiceError(facts: Facts): ServiceError {
  const { requestId = null } = facts;
  const request = requestId === null ? '' : ` Request id for a ticket: ${safeText(requestId)}.`;
  return toError(facts, [network, rejected], request);
}

/** The failure of a connection, by its code. */
export function toConnectionError(facts: Facts): ServiceError {
  const untrusted: Meaning = [
    network,
    ({ address, code }) =>
      `The certificate of ${address} is not trusted (${code}): set NODE_EXTRA_CA_CERTS to the certificate of its authority.`,
  ];
  const other: Meaning = [network, connectionFailed, 'transient'];
  return toError(facts, isUntrustedCertificate(facts.code) ? untrusted : other);
}

/**
 * The failure where something that is not the service answered. Its words are markup more often than not, and
 * left out.
 */
export function toHttpError(facts: Facts, status: number): ServiceError {
  const isTransient = [429, 502, 503, 504].includes(status);
  const advice = isTransient
    ? 'a server in between is failing; retry later'
    : status >= 300 && status < 400
      ? 'it redirects; give the target address with --url'
      : 'it is not this service; check --url or BACKUPS_URL';
  const text = `${facts.address} answered HTTP ${status}: ${advice}.`;
  return toError(facts, isTransient ? [network, text, 'transient'] : [network, text]);
}

function toError(facts: Facts, otherwise: Meaning, more = ''): ServiceError {
  const { code, retryAfter = null } = facts;
  const meaning = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
  const [exit, text, transient] = meaning ?? otherwise;
  const message = typeof text === 'string' ? text : text(facts);
  const waitMs = retryAfter === null ? null : retryAfter * 1000;
  return new ServiceError(exit, message + more, code, transient !== undefined, waitMs);
}

function rejected({ message }: Facts): string {
  return `The service rejected the query; check --url or the arguments: ${sentence(message)}`;
}

function connectionFailed({ address, code }: Facts): string {
  return `The connection to ${address} failed (${code}): check the network and try again.`;
}

function files({ availableFiles = [] }: Facts): string {
  return availableFiles.length === 0
    ? 'those that `backups files` lists'
    : listed(availableFiles.map(shellWord));
}

/** A message of the service, cut where it is too long. */
function sentence(message = 'no reason given'): string {
  const text = safeText(cutText(message, 300));
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
