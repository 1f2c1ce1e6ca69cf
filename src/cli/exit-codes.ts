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
