import { EXIT, type ExitCode } from './exit-codes.js';

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
