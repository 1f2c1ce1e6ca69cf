import type { Writable } from 'node:stream';
import type { Output } from './output.js';

/** A destination of audit records. Called with one write at a time. */
export interface AuditSink {
  /**
   * Resolves when all of `lines` is written; rejects if any part may be missing. An empty text
   * tests whether it works again after a failure.
   */
  write(lines: string): Promise<void>;
  /** Releases a moved file; the next write opens a new one. */
  reopen(): void;
  close(): Promise<void>;
  /**
   * Milliseconds the system has blocked a call of the sink; the process cannot exit normally until
   * it returns. Absent if calls never block.
   */
  heldMs?(): number;
}

/** Writes records to a stream owned by the caller. */
export function streamSink(stream: Writable): AuditSink {
  // The write callback reports failures; without a listener they would also end the process.
  const ignore = (): void => undefined;
  stream.on('error', ignore);
  return {
    write: (lines) =>
      new Promise((resolve, reject) => {
        stream.write(lines, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    reopen: () => undefined,
    close: () => {
      stream.off('error', ignore);
      return Promise.resolve();
    },
  };
}

/** Writes records to standard output, interleaved with log lines. */
export function outputSink(output: Output): AuditSink {
  return {
    write: (lines) => output.write(lines),
    reopen: () => undefined,
    close: () => Promise.resolve(),
  };
}
