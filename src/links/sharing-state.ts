import type { Logger } from '../telemetry/logger.js';
import { describeError } from '../telemetry/redact.js';

/** Tracks whether links and budget are shared, and logs each change once. */
export interface SharingState {
  connected(): void;
  /** The connection was lost or refused; `word` is the server's error code. */
  disconnected(error?: Error, word?: string): void;
  /** The server rejected a command with this code. */
  refused(command: string, word: string): void;
  /** A command succeeded. */
  worked(command: string): void;
}

/** Milliseconds without rejection before a rejected command counts as working. */
const STEADY_MS = 1000;

/** @param now a monotonic clock, in milliseconds */
export function createSharingState(
  logger: Logger,
  now: () => number = () => performance.now(),
  onSharing: (isSharing: boolean) => void = () => undefined,
): SharingState {
  /** Rejected commands and when they last were. */
  const refusedAt = new Map<string, number>();
  let isConnected = false;
  let isTold: 'nothing' | 'shared' | 'outage' = 'nothing';

  const tellShared = (): void => {
    if (!isConnected || refusedAt.size > 0 || isTold === 'shared') return;
    logger.info(
      isTold === 'nothing'
        ? 'Redis connected'
        : 'Redis connected again; sharing links and call budget',
    );
    isTold = 'shared';
    onSharing(true);
  };

  const tellRefusal = (word: string): void => {
    if (isTold === 'outage') return;
    isTold = 'outage';
    onSharing(false);
    logger.warn(`not sharing links and call budget; Redis refused a command: ${word}`);
  };

  return {
    connected: () => {
      isConnected = true;
      tellShared();
    },
    disconnected: (error, word) => {
      isConnected = false;
      if (word !== undefined) tellRefusal(word);
      if (isTold === 'outage') return;
      isTold = 'outage';
      onSharing(false);
      const reason = error && { error: describeError(error) };
      logger.warn({ ...reason }, 'Redis disconnected; not sharing links and call budget');
    },
    refused: (command, word) => {
      refusedAt.set(command, now());
      tellRefusal(word);
    },
    worked: (command) => {
      const since = refusedAt.get(command);
      if (since === undefined || now() - since < STEADY_MS) return;
      refusedAt.delete(command);
      tellShared();
    },
  };
}
