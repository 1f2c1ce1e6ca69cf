/** What went wrong, and what to do about it. */
export const errors = {
  FILE_NAME_REQUIRED: 'This backup is downloaded file by file. Choose one of its files.',
  FILE_NAME_NOT_SUPPORTED: 'This backup is downloaded as a whole. Refresh the list and try again.',
  FILE_NOT_IN_BACKUP: 'The backup no longer contains this file. Refresh the list and choose again.',
  EXPIRES_IN_NOT_SUPPORTED: 'The lifetime of this link cannot be chosen. Use the service default.',
  EXPIRES_IN_OUT_OF_RANGE: 'The lifetime of a link must be from 1 to 86400 seconds.',
  INVALID_ID: 'The region or an ID is malformed. Check both.',
  BACKUP_NOT_FOUND: 'This backup no longer exists. Refresh the list.',
  ENGINE_UNSUPPORTED: 'Backups of this engine have no download links. Ask your database team.',
  ENGINE_UNKNOWN:
    'The engine of this backup is unknown, so no link can be requested. Ask your database team.',
  UNAUTHENTICATED: 'Sign in with a token to continue.',
  FORBIDDEN:
    'You do not have permission. Ask for a token that covers this region and instance and allows downloads.',
  TOO_MANY_LINKS: 'Too many links were requested at once. Get them one at a time.',
  QUERY_TOO_COMPLEX: 'The request is too large for the service. Narrow it with the filter.',
  BAD_USER_INPUT:
    'The service did not accept the request. Check the filter, or go to the newest page.',
  UPSTREAM_THROTTLED: 'The cloud is receiving too many requests. Wait a moment, then try again.',
  UPSTREAM_TIMEOUT: 'The cloud did not answer in time. Try again.',
  UPSTREAM_UNAVAILABLE: 'The cloud cannot be reached at the moment. Try again in a while.',
  UPSTREAM_BAD_RESPONSE:
    'The cloud sent an unreadable response. Try again; if the problem persists, report the request ID.',
  UPSTREAM_AUTH:
    'The cloud rejected the credentials of this service. Contact its operator; trying again will not help.',
  UNREACHABLE: 'The service cannot be reached. Check your connection, then try again.',
  NO_ANSWER:
    'The response did not come from the service, but perhaps from a proxy. Try again in a while.',
  NO_LINK: 'No link is available for one of the files right now. Try again in a while.',
  NOT_LOCAL:
    'This service only serves browsers on its own machine (AUTH=none). To serve others, its operator can set AUTH=jwt, or ALLOW_ANONYMOUS=true on a trusted network. A token will not help.',
  OPERATION_REFUSED:
    'This service runs only listed operations, and those of this page are not listed. Contact its operator.',
  SERVICE_FAULT: 'The service failed. Try again; if the problem persists, contact its operator.',
  OTHER: 'The service could not answer. Try again; if the problem persists, contact its operator.',
};
