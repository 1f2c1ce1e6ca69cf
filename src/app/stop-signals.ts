/** Signals that come this soon after the first, in milliseconds, are the same one. */
const SAME_MS = 500;

export interface StopSignalOptions {
  /** Called for the first signal. */
  readonly onFirst: (signal: string) => void;
  /** Called for one that is sent again, by somebody who does not want to wait. */
  readonly onAgain: () => void;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
}

/**
 * Takes signals to stop. A terminal sends Ctrl-C to all processes in front of it, and npm passes it on
 * once more; service managers send SIGTERM to a whole group: such an echo is not a second signal.
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
