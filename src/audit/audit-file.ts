import { constants, fstat } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { AuditConfig } from '../config/config.js';
import { codeOf, hasCode } from '../domain/error-code.js';
import { createLineWriter, type LineTarget, type LineWriter } from '../telemetry/line-writer.js';

/** Writes records to the end of a file. */
export interface AuditFile extends LineWriter {
  /** Releases a moved file; the next write opens a new one. */
  reopen(): void;
}

/**
 * Opens the file of AUDIT_LOG; null for standard output, also by another name: opened twice, one
 * would overwrite the other.
 * @param onReplaced called after opening a new file because the path no longer led to the open one
 * @throws Error naming AUDIT_LOG if the file cannot be opened
 */
export async function openAuditFile(
  { log }: AuditConfig,
  onReplaced?: () => void,
): Promise<AuditFile | null> {
  if (log.kind === 'stdout' || (await isStandardOutput(log.path))) return null;
  const target = await openTarget(log.path, onReplaced);
  const reopen = (): void => {
    target.reopen();
  };
  return { ...createLineWriter({ target }), reopen };
}

async function isStandardOutput(path: string): Promise<boolean> {
  const [own, found] = await Promise.all([promisify(fstat)(1), stat(path).catch(() => null)]);
  return found?.ino === own.ino && found.dev === own.dev;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly dev: bigint;
  readonly ino: bigint;
}

/** Inode numbers can exceed the precision of a double. */
const EXACT = { bigint: true } as const;

/**
 * Appends to a file, created readable by its owner only. Records end up in a file that has a name:
 * if the open file was removed or replaced at its path, the new one is opened, and records written
 * to a file removed during the write are written again. All calls are asynchronous, since network
 * file systems may hang.
 */
export async function openTarget(
  path: string,
  onReplaced: () => void = () => undefined,
): Promise<LineTarget & { reopen(): void }> {
  /** Whether to reopen before the next write. */
  let isStale = false;
  let isMoved = false;
  let file: OpenFile | null = await openFile(path);

  async function release(): Promise<void> {
    const old = file;
    file = null;
    isStale = false;
    await old?.handle.close().catch(() => undefined);
  }

  async function replace(): Promise<OpenFile> {
    await release();
    file = await openFile(path);
    isMoved = false;
    onReplaced();
    return file;
  }

  /** The file to write to: the open one while the path leads to it. */
  async function current(): Promise<OpenFile> {
    if (isStale) await release();
    if (file === null) return isMoved ? replace() : (file = await openFile(path));
    const found = await stat(path, EXACT).catch(() => null);
    if (found?.ino === file.ino && found.dev === file.dev) return file;
    if (found !== null || (await isRemoved(file))) return replace();
    // Log rotation moves the file first and then sends a signal or creates another.
    isStale = true;
    isMoved = true;
    return file;
  }

  return {
    async write(bytes, offset) {
      try {
        // The rest of a line belongs to its file.
        const { handle } = offset > 0 && file ? file : await current();
        return (await handle.write(bytes, offset)).bytesWritten;
      } catch (error) {
        // A descriptor does not recover when its disk returns.
        if (!hasCode(error, 'EAGAIN')) await release();
        throw error;
      }
    },
    async isLost() {
      if (file === null || !(await isRemoved(file))) return false;
      await replace();
      return true;
    },
    reopen() {
      isStale = true;
      isMoved = false;
    },
    close: release,
  };
}

const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
/** Neither opening nor writing a FIFO waits for its reader. */
const APPEND = O_APPEND | O_CREAT | O_WRONLY | O_NONBLOCK | O_NOCTTY;
const OWNER_ONLY = 0o600;

async function openFile(path: string): Promise<OpenFile> {
  try {
    const handle = await open(path, APPEND, OWNER_ONLY);
    const { dev, ino } = await handle.stat(EXACT);
    return { handle, dev, ino };
  } catch (cause) {
    throw new Error(cannotOpen(codeOf(cause) ?? 'unknown reason'), { cause });
  }
}

async function isRemoved({ handle }: OpenFile): Promise<boolean> {
  return (await handle.stat(EXACT).catch(() => null))?.nlink === 0n;
}

/** Why the file cannot be opened, and what to do. ENXIO means a FIFO without a reader, which few people know. */
export function cannotOpen(code: string): string {
  const then =
    code === 'ENXIO'
      ? ', no process reads this FIFO'
      : '; name a file in a folder that exists and is writable';
  return `AUDIT_LOG: cannot open: ${code}${then}`;
}
