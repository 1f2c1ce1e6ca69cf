import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../domain/error-code.js';
import type { AuditSink } from './audit-sink.js';
import { lookAtFilesBeside, type LookAtFile } from './look-at-file.js';

export interface AuditFileOptions {
  readonly path: string;
  /** Called after opening a new file because the path no longer led to the open one. */
  readonly onReplaced?: (() => void) | undefined;
  /** Stats the file; the default depends on its file system. */
  readonly look?: LookAtFile;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly look: LookAtFile;
}

/**
 * Appends to a file, created readable by its owner only. Records end up in a file that has a name:
 * if the open file was removed or replaced at its path, the new one is opened, and records written
 * to a file removed during the write are written again.
 * @throws Error naming AUDIT_LOG if the file cannot be opened
 */
export async function openAuditFile(options: AuditFileOptions): Promise<AuditSink> {
  const { path, onReplaced } = options;
  /** Whether to reopen before the next write. */
  let isStale = false;
  let isMoved = false;
  let isTorn = false;
  let isClosed = false;
  let heldSince: number | null = null;
  let file: OpenFile | null = await openFile();

  async function openFile(): Promise<OpenFile> {
    try {
      const handle = await open(path, APPEND, OWNER_ONLY);
      const { dev, ino } = await handle.stat({ bigint: true });
      return { handle, dev, ino, look: options.look ?? (await lookAtFilesBeside(path)) };
    } catch (cause) {
      throw new Error(`AUDIT_LOG: cannot open: ${reasonOf(cause)}`, { cause });
    }
  }

  async function letGo(): Promise<void> {
    const old = file;
    file = null;
    isStale = false;
    await old?.handle.close().catch(() => undefined);
  }

  async function replace(): Promise<OpenFile> {
    await letGo();
    file = await openFile();
    isMoved = false;
    onReplaced?.();
    return file;
  }

  /** The file to write to: the open one while the path leads to it. */
  async function current(): Promise<OpenFile> {
    if (isStale) await letGo();
    if (file === null) return isMoved ? replace() : (file = await openFile());
    const found = await file.look(path);
    if (found?.ino === file.ino && found.dev === file.dev) return file;
    if (found !== null || (await isRemoved(file))) return replace();
    // Log rotation moves the file first and then sends a signal or creates another.
    isStale = true;
    isMoved = true;
    return file;
  }

  async function append(bytes: Buffer): Promise<void> {
    const written = await current();
    await writeAll(written.handle, bytes);
    // Removed between the check and the end of the write.
    if (await isRemoved(written)) await writeAll((await replace()).handle, bytes);
  }

  async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      try {
        offset += (await handle.write(bytes, offset)).bytesWritten;
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN' || isClosed) throw error;
        // A full FIFO: its reader is slow, but no call is blocked.
        heldSince = null;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        heldSince = performance.now();
      }
    }
  }

  return {
    async write(lines) {
      heldSince = performance.now();
      try {
        // A partial line from a failed write must not merge with the next one.
        await append(Buffer.from(isTorn ? `\n${lines}` : lines));
        isTorn = false;
      } catch (error) {
        isTorn = true;
        // A descriptor does not recover when its disk returns.
        await letGo();
        throw error;
      } finally {
        heldSince = null;
      }
    },
    reopen() {
      isStale = true;
      isMoved = false;
    },
    heldMs: () => (heldSince === null ? 0 : performance.now() - heldSince),
    close() {
      isClosed = true;
      return letGo();
    },
  };
}

const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
/** Neither opening nor writing a FIFO waits for its reader. */
const APPEND = O_APPEND | O_CREAT | O_WRONLY | O_NONBLOCK | O_NOCTTY;
const OWNER_ONLY = 0o600;
const RETRY_MS = 20;

async function isRemoved({ handle, look }: OpenFile): Promise<boolean> {
  return (await look(handle))?.nlink === 0n;
}

/** ENXIO means a FIFO without a reader, which few people know. */
function reasonOf(error: unknown): string {
  const code = codeOf(error) ?? 'unknown reason';
  return code === 'ENXIO' ? 'ENXIO, no process reads this FIFO' : code;
}
