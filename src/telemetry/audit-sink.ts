import { fstat, stat } from 'node:fs';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { AuditConfig } from '../config/config.js';
import { openAuditFile } from './audit-file.js';
import type { Logger } from './logger.js';
import type { Output } from './output.js';

/** Where audit records go. One write is under way at a time. */
export interface AuditSink {
  /**
   * Resolves when all of `lines` is written; fails where part of it may not be. No lines at all ask
   * whether it works again after a failure.
   */
  write(lines: string): Promise<void>;
  /** Lets go of a file that was moved away; the next write opens it anew. */
  reopen(): void;
  close(): Promise<void>;
  /**
   * For how many milliseconds the system has been holding a call of the sink: until that ends, a process
   * cannot end by itself. Absent where it never waits.
   */
  heldMs?(): number;
}

/** What the process writes to apart from the audit log. */
export interface ProcessOutput {
  readonly output: Output;
  readonly logger: Logger;
}

/**
 * @param shared where AUDIT_LOG is standard output, its records go there in turn with the log
 * @throws Error naming AUDIT_LOG where the file cannot be opened
 */
export async function openAuditSink(
  { log }: AuditConfig,
  shared?: ProcessOutput,
): Promise<AuditSink> {
  const isStdout = log.kind === 'stdout' || (shared && (await isStandardOutput(log.path)));
  if (isStdout) return shared ? outputSink(shared.output) : streamSink(process.stdout);
  return openAuditFile({
    path: log.path,
    onReplaced: () => shared?.logger.warn('audit file was moved or removed: opened a new one'),
  });
}

/** Records go to a stream that somebody else closes. */
export function streamSink(stream: Writable): AuditSink {
  // A failed write is told to its callback; without a listener it would end the process as well.
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

/** Records go to standard output, in turn with the lines of the log. */
function outputSink(output: Output): AuditSink {
  return {
    write: (lines) => output.write(lines),
    reopen: () => undefined,
    close: () => Promise.resolve(),
  };
}

/** `/dev/stdout`, or the file it was sent to: opened a second time, each would write over the other. */
async function isStandardOutput(path: string): Promise<boolean> {
  const [own, found] = await Promise.all([
    promisify(fstat)(1),
    promisify(stat)(path).catch(() => null),
  ]);
  return found?.ino === own.ino && found.dev === own.dev;
}
