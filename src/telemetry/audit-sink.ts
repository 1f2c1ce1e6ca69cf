import { type FileHandle, open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import type { AuditConfig } from '../config/config.js';

/** Where audit records go. One write is under way at a time. */
export interface AuditSink {
  /** Resolves when all of `lines` is written; fails where part of it may not be. */
  write(lines: string): Promise<void>;
  /** Lets go of a file that was moved away; the next write opens it anew. */
  reopen(): void;
  close(): Promise<void>;
}

/** @throws Error naming AUDIT_LOG where the file cannot be opened */
export async function openAuditSink({ log }: AuditConfig): Promise<AuditSink> {
  return log.kind === 'stdout' ? streamSink(process.stdout) : openFileSink(log.path);
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

/** Appends to a file, which is created for its owner's eyes only. */
async function openFileSink(path: string): Promise<AuditSink> {
  let file: FileHandle | null = await openFile(path);
  let isStale = false;
  let isTorn = false;

  async function letGo(): Promise<void> {
    const old = file;
    file = null;
    isStale = false;
    await old?.close().catch(() => undefined);
  }

  return {
    async write(lines) {
      if (isStale) await letGo();
      try {
        file ??= await openFile(path);
        // What a failed write left of a line must not run into the next one.
        await file.appendFile(isTorn ? `\n${lines}` : lines);
        isTorn = false;
      } catch (error) {
        isTorn = true;
        // A descriptor of a disk that went away does not come back with the disk.
        await letGo();
        throw error;
      }
    },
    reopen: () => void (isStale = true),
    close: letGo,
  };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a', 0o600);
  } catch (cause) {
    const { code = 'unknown reason' } = cause as NodeJS.ErrnoException;
    throw new Error(`AUDIT_LOG: cannot be opened: ${code}`, { cause });
  }
}
