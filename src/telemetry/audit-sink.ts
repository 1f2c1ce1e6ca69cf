import { fstat, stat } from 'node:fs';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { AuditConfig } from '../config/config.js';
import { openAuditFile } from './audit-file.js';
import type { Logger } from './logger.js';
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

/** Output of the process other than the audit log. */
export interface ProcessOutput {
  readonly output: Output;
  readonly logger: Logger;
}

/**
 * @param shared the log output, with which records are interleaved if AUDIT_LOG is standard output
 * @throws Error naming AUDIT_LOG if the file cannot be opened
 */
export async function openAuditSink(
  { log }: AuditConfig,
  shared?: ProcessOutput,
): Promise<AuditSink> {
  const isStdout = log.kind === 'stdout' || (shared && (await isStandardOutput(log.path)));
  if (isStdout) return shared ? outputSink(shared.output) : streamSink(process.stdout);
  return openAuditFile({
    path: log.path,
    onReplaced: () => shared?.logger.warn('audit file moved or removed; opened a new one'),
  });
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
function outputSink(output: Output): AuditSink {
  return {
    write: (lines) => output.write(lines),
    reopen: () => undefined,
    close: () => Promise.resolve(),
  };
}

/**
 * Whether the path is standard output or its file: opened twice, one would overwrite the other.
 */
async function isStandardOutput(path: string): Promise<boolean> {
  const [own, found] = await Promise.all([
    promisify(fstat)(1),
    promisify(stat)(path).catch(() => null),
  ]);
  return found?.ino === own.ino && found.dev === own.dev;
}
