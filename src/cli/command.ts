import type { Env } from '../config/env.js';

/** What a command may use of the world around it. */
export interface Context {
  readonly env: Env;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  readonly stdout: Output;
  /** Standard error. */
  readonly terminal: Terminal;
  /** Writes one message to standard error, escaped, with a line end. */
  readonly say: (text: string) => void;
  /** Aborts when the person stops the program. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Waits so many milliseconds. @throws the reason of `signal` */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to 1, for jitter. */
  readonly random: () => number;
}

/** Where progress is shown. */
export interface Terminal {
  /** Whether a person is looking. */
  readonly isTerminal: boolean;
  /** Characters in a line. */
  readonly columns: () => number;
  /** Text that is safe to show. */
  readonly write: (text: string) => void;
}

/** Standard output, written in order. */
export interface Output {
  /** Characters in a line, where it is a terminal. */
  readonly columns?: () => number | undefined;
  /** Resolves once the text is handed over. @throws ReaderGoneError */
  write(text: string): Promise<void>;
}

export interface Command {
  /** What `--help` prints. */
  readonly help: string;
  /**
   * @param args those after the name of the command
   * @throws CliError for what a person can act on, ReaderGoneError, or the reason of the signal
   */
  run(args: readonly string[], context: Context): Promise<void>;
}
