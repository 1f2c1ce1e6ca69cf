import { fstat, stat } from 'node:fs';
import { promisify } from 'node:util';
import type { AuditConfig } from '../config/config.js';
import { openAuditFile } from './audit-file.js';
import { type AuditSink, outputSink, streamSink } from './audit-sink.js';
import type { Logger } from './logger.js';
import type { Output } from './output.js';

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
