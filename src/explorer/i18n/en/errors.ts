/** What went wrong, and what to do about it. */
export const errors = {
  FILE_NAME_REQUIRED: 'This backup is downloaded file by file. Choose one of its files.',
  FILE_NAME_NOT_SUPPORTED: 'This backup is downloaded as a whole. Refresh the list and try again.',
  FILE_NOT_IN_BACKUP: 'The backup no longer contains this file. Refresh the list and choose again.',
  EXPIRES_IN_NOT_SUPPORTED:
    'The lifetime of this link cannot be chosen. Choose the default of the service.',
  EXPIRES_IN_OUT_OF_RANGE:
    'The lifetime of a link is 1 to 86400 seconds. Enter a number in this range.',
  INVALID_ID: 'The region or id is malformed. Check both.',
  BACKUP_NOT_FOUND: 'This backup no longer exists. Refresh the list.',
  ENGINE_UNSUPPORTED: 'Backups of this engine have no download link. Ask your database team.',
  ENGINE_UNKNOWN:
    'The engine of this backup is unknown, so it has no link. Ask your database team.',
  UNAUTHENTICATED: 'Sign in with a token to continue.',
  FORBIDDEN:
    'You are not allowed to do this. Ask for a token that covers this region and instance and the right to download.',
  TOO_MANY_LINKS: 'Too many links requested at once. Get them one by one.',
  QUERY_TOO_COMPLEX: 'The request is too large for the service. Narrow it with the filter.',
  BAD_USER_INPUT:
    'The service did not accept the request. Check the filter, or go to the newest page.',
  UPSTREAM_THROTTLED: 'The cloud is receiving too many requests. Wait a moment, then try again.',
  UPSTREAM_TIMEOUT: 'The cloud did not respond in time. Try again.',
  UPSTREAM_UNAVAILABLE: 'The cloud cannot be reached at the moment. Try again later.',
  UPSTREAM_BAD_RESPONSE:
    'The cloud sent an invalid response. Try again; if the problem persists, report the request id.',
  UPSTREAM_AUTH:
    'The cloud does not accept the credentials of this service. Tell its operator; retrying does not help.',
  UNREACHABLE: 'The service cannot be reached. Check your connection, then try again.',
  NO_ANSWER: 'Something between you and the service responded in its place. Try again later.',
  NO_LINK: 'A file has no link at the moment, although the backup is listed. Try again later.',
  NOT_LOCAL:
    'This service only answers browsers on its own machine (AUTH=none). To serve others, its operator sets AUTH=jwt, or ALLOW_ANONYMOUS=true on a trusted network. A token does not help.',
  OPERATION_REFUSED:
    'This service runs only listed operations, and those of this page are not listed. Tell its operator.',
  SERVICE_FAULT: 'The service failed. Try again; if the problem persists, tell its operator.',
  OTHER: 'The service could not respond. Try again; if the problem persists, tell its operator.',
};
