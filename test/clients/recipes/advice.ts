import type { Failure } from './answer.js';

/** By `extensions.code`: what to tell the person, and what to offer. */
export const ADVICE = {
  FILE_NAME_REQUIRED: ['This backup is downloaded file by file.', 'offer availableFiles'],
  FILE_NOT_IN_BACKUP: ['The backup does not hold this file.', 'offer availableFiles'],
  FILE_NAME_NOT_SUPPORTED: ['This backup is downloaded as a whole.', 'leave fileName out'],
  EXPIRES_IN_NOT_SUPPORTED: ['The lifetime of this link is fixed.', 'leave expiresIn out'],
  EXPIRES_IN_OUT_OF_RANGE: ['A link lives from 1 to 86400 seconds.', 'ask for another lifetime'],
  INVALID_ID: ['This is not the id of a backup.', 'list the backups again'],
  BACKUP_NOT_FOUND: ['This backup does not exist any more.', 'list the backups again'],
  ENGINE_UNSUPPORTED: ['Backups of this engine cannot be downloaded.', 'take the button away'],
  ENGINE_UNKNOWN: ['It is not known what engine made this backup.', 'take the button away'],
  UNAUTHENTICATED: ['You are not signed in, or no longer.', 'sign in'],
  FORBIDDEN: ['You may not download this backup.', 'say whom to ask for the right'],
  TOO_MANY_LINKS: ['Too many links at once.', 'ask for fewer at once'],
  QUERY_TOO_COMPLEX: ['This asks for too much at once.', 'ask for less at once'],
  BAD_USER_INPUT: ['The request was not understood.', 'correct the variables'],
  SERVICE_UNAVAILABLE: ['The service has too much to do.', 'offer to try again'],
  UPSTREAM_THROTTLED: ['Too many requests at the moment.', 'try again after retryAfter seconds'],
  UPSTREAM_TIMEOUT: ['The cloud did not answer in time.', 'offer to try again'],
  UPSTREAM_UNAVAILABLE: ['The cloud cannot be reached.', 'offer to try again'],
  UPSTREAM_BAD_RESPONSE: ['The cloud gave an answer of no use.', 'show requestId to report'],
  UPSTREAM_AUTH: ['The service has no access to the cloud.', 'show requestId to report'],
} as const satisfies Readonly<Record<string, readonly [sentence: string, offer: string]>>;

const UNEXPECTED = ['Something went wrong in the service.', 'offer to try again'] as const;

/** The sentence and the offer for one failure, also of a code that is newer than this table. */
export function adviceFor({ extensions }: Failure): readonly [sentence: string, offer: string] {
  const code = String(extensions?.['code']);
  return Object.hasOwn(ADVICE, code) ? ADVICE[code as keyof typeof ADVICE] : UNEXPECTED;
}
