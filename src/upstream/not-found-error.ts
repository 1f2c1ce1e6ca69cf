import { UpstreamError, type ErrorDetails } from '../domain/errors.js';

/** The upstream does not know what was asked for: HTTP 404, or `ResourceError.NotFound` with 400. */
export class NotFoundError extends UpstreamError {
  constructor(
    /** True where even the route may be unknown to the gateway: HTTP 404 or 405. */
    readonly mayBeRoute: boolean,
    { details = {}, cause }: { details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super('BACKUP_NOT_FOUND', 'The upstream does not know this backup.', { details, cause });
  }
}
