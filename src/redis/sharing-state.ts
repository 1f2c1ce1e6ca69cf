import type { Logger } from '../telemetry/logger.js';
import { describeError } from '../telemetry/redact.js';

/** Whether links and budget are shared at this moment; tells the log when that changes, once each. */
export interface SharingState {
  connected(): void;
  /** The connection is lost or was not made; `word` is what the server refused it by. */
  disconnected(error?: Error, word?: string): void;
  /** The server refused a command by this word. */
  refused(command: string, word: string): void;
  /** A command was carried out. */
  worked(command: string): void;
}

/** A command that was refused must not have been again for this time, in milliseconds, to count as working. */
const STEADY_MS = 1000;

/** @param now a clock that never goes back, in milliseconds */
export function createSharingState(
  logger: Logger,
  now: () => number = () => performance.now(),
): SharingState {
  /** Commands that were refused when they were last tried, and when that was. */
  const refusedAt = new Map<string, number>();
  let isConnected = false;
  let isTold: 'nothing' | 'shared' | 'outage' = 'nothing';

  const tellShared = (): void => {
    if (!isConnected || refusedAt.size > 0 || isTold === 'shared') return;
    logger.info(
      isTold === 'nothing'
        ? 'Redis is there'
        : 'Redis is back: links and the budget of calls are shared again',
    );
    isTold = 'shared';
  };

  const tellRefusal = (word: string): void => {
    if (isTold === 'outage') return;
    isTold = 'outage';
    logger.warn(`links and budget are not shared: ${word}`);
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
      const reason = error && { error: describeError(error) };
      logger.warn({ ...reason }, 'Redis is away: links and the budget of calls are not shared');
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
