/** How a download ended that was not done; the exit codes of `backups` follow from it. */
export type FailureKind =
  /** The target cannot be used as it is, or has no room: `usage` for the exit code. */
  | 'target'
  /** The service or the store does not let the caller have it. */
  | 'refused'
  /** There is no such file, or it cannot be downloaded now. */
  | 'unavailable'
  /** The line gave nothing for too long, or the store no usable answer. */
  | 'network'
  /** The bytes are not those of the file, or the file has changed meanwhile. */
  | 'verification'
  /** The person stopped it. */
  | 'interrupted'
  /** The reader of standard output has stopped reading. */
  | 'reader-gone';

/**
 * Why a download stopped for good. The message is one sentence that says what is wrong and what to do. It
 * holds no link and no token; text of others in it is escaped where it is shown.
 */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';

  constructor(
    readonly kind: FailureKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
