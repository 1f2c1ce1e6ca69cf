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

/** Whoever reads standard output has stopped reading: nobody is left to write for. */
export class ReaderGoneError extends Error {
  override readonly name = 'ReaderGoneError';

  /** @param exitCode of a list whoever reads had enough; of a file it is not whole */
  constructor(readonly exitCode: ExitCode = EXIT.done) {
    super('Standard output is closed.');
  }
}
