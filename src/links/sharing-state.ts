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
  now: () => number,
  onSharing: (isSharing: boolean) => void = () => undefined,
): SharingState {
  /** Rejected commands and when they last were. */
  const refusedAt = new Map<string, number>();
  let isConnected = false;
  let isSharing: boolean | undefined;

  function change(next: boolean, log: () => void): void {
    if (isSharing === next) return;
    log();
    isSharing = next;
    onSharing(next);
  }

  function begin(): void {
    if (!isConnected || refusedAt.size > 0) return;
    const again = isSharing === undefined ? '' : ' again; sharing links and call budget';
    change(true, () => {
      logger.info(`Redis connected${again}`);
    });
  }

  function endByRefusal(word: string): void {
    change(false, () => {
      logger.warn(`not sharing links and call budget; Redis refused a command: ${word}`);
    });
  }

  return {
    connected: () => {
      isConnected = true;
      begin();
    },
    disconnected: (error, word) => {
      isConnected = false;
      if (word !== undefined) endByRefusal(word);
      change(false, () => {
        const reason = error && { error: describeError(error) };
        logger.warn({ ...reason }, 'Redis disconnected; not sharing links and call budget');
      });
    },
    refused: (command, word) => {
      refusedAt.set(command, now());
      endByRefusal(word);
    },
    worked: (command) => {
      const since = refusedAt.get(command);
      if (since === undefined || now() - since < STEADY_MS) return;
      refusedAt.delete(command);
      begin();
    },
  };
}
