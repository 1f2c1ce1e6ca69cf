import type { Failure } from './answer.js';

/** By `extensions.code`: the sentence to show and the action to offer. */
export const ADVICE = {
  FILE_NAME_REQUIRED: ['This backup is downloaded file by file.', 'offer availableFiles'],
  FILE_NOT_IN_BACKUP: ['The backup does not contain this file.', 'offer availableFiles'],
  FILE_NAME_NOT_SUPPORTED: ['This backup is downloaded as a whole.', 'omit fileName'],
  EXPIRES_IN_NOT_SUPPORTED: ['The lifetime of this link is fixed.', 'omit expiresIn'],
  EXPIRES_IN_OUT_OF_RANGE: [
    'A lifetime must be from 1 to 86400 seconds.',
    'offer another lifetime',
  ],
  INVALID_ID: ['This is not a valid backup ID.', 'list the backups again'],
  BACKUP_NOT_FOUND: ['This backup no longer exists.', 'list the backups again'],
  ENGINE_UNSUPPORTED: ['Backups of this engine cannot be downloaded.', 'remove the button'],
  ENGINE_UNKNOWN: ['The engine of this backup is unknown.', 'remove the button'],
  UNAUTHENTICATED: ['You are not signed in, or your session has expired.', 'sign in'],
  FORBIDDEN: ['You are not allowed to download this backup.', 'say whom to ask for permission'],
  TOO_MANY_LINKS: ['Too many links at once.', 'request fewer at once'],
  QUERY_TOO_COMPLEX: ['The request is too large.', 'request less at once'],
  BAD_USER_INPUT: ['The request was not understood.', 'correct the variables'],
  SERVICE_UNAVAILABLE: ['The service is busy.', 'offer to try again'],
  UPSTREAM_THROTTLED: ['Too many requests at the moment.', 'try again after retryAfter seconds'],
  UPSTREAM_TIMEOUT: ['The cloud did not answer in time.', 'offer to try again'],
  UPSTREAM_UNAVAILABLE: ['The cloud cannot be reached.', 'offer to try again'],
  UPSTREAM_BAD_RESPONSE: ['The cloud sent an unreadable response.', 'show requestId to report'],
  UPSTREAM_AUTH: ['The service has no access to the cloud.', 'show requestId to report'],
} as const satisfies Readonly<Record<string, readonly [sentence: string, offer: string]>>;

const UNEXPECTED = ['Something went wrong in the service.', 'offer to try again'] as const;

/** The sentence and the action for one failure; a fallback for codes newer than this table. */
export function adviceFor({ extensions }: Failure): readonly [sentence: string, offer: string] {
  const code = String(extensions?.['code']);
  return Object.hasOwn(ADVICE, code) ? ADVICE[code as keyof typeof ADVICE] : UNEXPECTED;
}
