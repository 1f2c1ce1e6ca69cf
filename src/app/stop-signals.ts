/** Milliseconds within which repeated signals count as one. */
const SAME_MS = 500;

export interface StopSignalOptions {
  /** Called for the first signal. */
  readonly onFirst: (signal: string) => void;
  /** Called for a second signal: the user does not want to wait. */
  readonly onAgain: () => void;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

/**
 * Handles stop signals. A terminal sends Ctrl-C to every foreground process and npm forwards it;
 * service managers send SIGTERM to the whole group. Such an echo does not count as a second signal.
 */
export function createStopSignals(options: StopSignalOptions): (signal: string) => void {
  const { onFirst, onAgain, now = () => performance.now() } = options;
  let firstAt: number | null = null;
  return (signal) => {
    if (firstAt === null) {
      firstAt = now();
      onFirst(signal);
    } else if (now() - firstAt >= SAME_MS) {
      onAgain();
    }
  };
}
