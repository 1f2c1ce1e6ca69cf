/** Exit codes of `backups`; docs/terminal.md has the table for people. */
export const EXIT = {
  done: 0,
  /** A fault of the program itself. */
  fault: 1,
  /** The command line is wrong, or names more than one thing. */
  usage: 2,
  /** No token, a token that is not accepted, or a right that is missing. */
  refused: 3,
  /** There is no such thing, or it cannot be downloaded now. */
  notFound: 4,
  /** The service or the store could not be reached, or gave no usable answer. */
  network: 5,
  verification: 6,
  interrupted: 130,
  /** The reader of standard output stopped before its end; what a shell makes of SIGPIPE. */
  readerGone: 141,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * A failure that a person can act on. The message is one sentence that says what is wrong and what to do;
 * it never holds a token, a link, or control characters.
 */
export class CliError extends Error {
  override readonly name: string = 'CliError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The command line cannot be used as it is. */
export function usageError(message: string): CliError {
  return new CliError(EXIT.usage, message);
}

export function notFoundError(message: string): CliError {
  return new CliError(EXIT.notFound, message);
}

/** The reader of standard output has stopped reading. */
export class ReaderGoneError extends Error {
  override readonly name = 'ReaderGoneError';

  /** @param exitCode done for a list, which may be cut short; another one for a file, which is incomplete */
  constructor(readonly exitCode: ExitCode = EXIT.done) {
    super('Standard output is closed.');
  }
}
