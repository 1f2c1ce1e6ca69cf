/** What went wrong, and what to do about it. */
export const errors = {
  FILE_NAME_REQUIRED: 'This backup is downloaded file by file. Choose one of its files.',
  FILE_NAME_NOT_SUPPORTED:
    'This backup is downloaded as a whole set. Refresh the list and try again.',
  FILE_NOT_IN_BACKUP:
    'The backup does not hold this file any more. Refresh the list and choose again.',
  EXPIRES_IN_NOT_SUPPORTED:
    'The lifetime of this link cannot be chosen. Choose the default of the service.',
  EXPIRES_IN_OUT_OF_RANGE: 'A link lives from 1 to 86400 seconds. Enter a number in this range.',
  INVALID_ID: 'The region or the id is not written as such ids are. Check both.',
  BACKUP_NOT_FOUND: 'This backup does not exist any more. Refresh the list.',
  ENGINE_UNSUPPORTED: 'Backups of this engine have no download link. Ask your database team.',
  ENGINE_UNKNOWN:
    'It is not known which engine made this backup, so no link can be asked for. Ask your database team.',
  UNAUTHENTICATED: 'Sign in with a token to go on.',
  FORBIDDEN:
    'You are not allowed to do this. Ask for a token that covers this region and instance and the right to download.',
  TOO_MANY_LINKS: 'Too many links were asked for at once. Get them one after the other.',
  QUERY_TOO_COMPLEX: 'The service found the question too large. Narrow it with the filter.',
  BAD_USER_INPUT:
    'The service did not accept the request. Check the filter, or go to the newest page.',
  UPSTREAM_THROTTLED: 'The cloud is getting too many requests. Wait a moment, then try again.',
  UPSTREAM_TIMEOUT: 'The cloud did not answer in time. Try again.',
  UPSTREAM_UNAVAILABLE: 'The cloud cannot be reached at the moment. Try again in a while.',
  UPSTREAM_BAD_RESPONSE:
    'The cloud gave an answer that makes no sense. Try again; if it stays, report the request id.',
  UPSTREAM_AUTH:
    'The cloud does not accept the credentials of this service. Tell its operator; trying again does not help.',
  UNREACHABLE: 'The service cannot be reached. Check your connection, then try again.',
  NO_ANSWER: 'Something between you and the service answered instead of it. Try again in a while.',
  NO_LINK: 'A file has no link now, though the backup is listed. Try again in a while.',
  NOT_LOCAL:
    'This service only answers browsers on its own machine (AUTH=none). To serve others, its operator sets AUTH=jwt, or ALLOW_ANONYMOUS=true on a trusted network. A token does not help.',
  OPERATION_REFUSED:
    'The operator lets only listed operations run, and those of this page are not listed. Tell the operator.',
  SERVICE_FAULT: 'The service has a fault. Try again; if it stays, tell its operator.',
  OTHER: 'The service could not answer. Try again; if it stays, tell its operator.',
};
