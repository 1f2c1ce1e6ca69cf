import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { AuditSink } from './audit-sink.js';
import { lookAtFilesBeside, type LookAtFile } from './look-at-file.js';

export interface AuditFileOptions {
  readonly path: string;
  /** Called when another file was opened, since the path no longer led to the one that was open. */
  readonly onReplaced?: (() => void) | undefined;
  /** How to look at the file; the default is by its file system. */
  readonly look?: LookAtFile;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly look: LookAtFile;
}

/**
 * Appends to a file, which is created for its owner's eyes only. What is written is in a file that has a
 * name: where the open one was removed, or another has its path, that is opened, and what went into a file
 * that was removed during the write is written again.
 * @throws Error naming AUDIT_LOG where the file cannot be opened
 */
export async function openAuditFile(options: AuditFileOptions): Promise<AuditSink> {
  const { path, onReplaced } = options;
  /** To be let go of before the next write. */
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
      throw new Error(`AUDIT_LOG: cannot be opened: ${reasonOf(cause)}`, { cause });
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

  /** The file to write to: the open one, while the path leads to it. */
  async function current(): Promise<OpenFile> {
    if (isStale) await letGo();
    if (file === null) return isMoved ? replace() : (file = await openFile());
    const found = await file.look(path);
    if (found?.ino === file.ino && found.dev === file.dev) return file;
    if (found !== null || (await isRemoved(file))) return replace();
    // Tools that rotate logs move the file first, and then send a signal or create another.
    isStale = true;
    isMoved = true;
    return file;
  }

  async function append(bytes: Buffer): Promise<void> {
    const written = await current();
    await writeAll(written.handle, bytes);
    // Between the look at the path and the end of the write.
    if (await isRemoved(written)) await writeAll((await replace()).handle, bytes);
  }

  async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      try {
        offset += (await handle.write(bytes, offset)).bytesWritten;
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN' || isClosed) throw error;
        // A FIFO that is full: its reader is late, but nothing is held.
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
        // What a failed write left of a line must not run into the next one.
        await append(Buffer.from(isTorn ? `\n${lines}` : lines));
        isTorn = false;
      } catch (error) {
        isTorn = true;
        // A descriptor of a disk that went away does not come back with the disk.
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
/** Of a FIFO, neither opening it nor writing waits for its reader. */
const APPEND = O_APPEND | O_CREAT | O_WRONLY | O_NONBLOCK | O_NOCTTY;
const OWNER_ONLY = 0o600;
const RETRY_MS = 20;

async function isRemoved({ handle, look }: OpenFile): Promise<boolean> {
  return (await look(handle))?.nlink === 0n;
}

/** ENXIO is what a FIFO without a reader answers, which few know. */
function reasonOf(error: unknown): string {
  const code = codeOf(error) ?? 'unknown reason';
  return code === 'ENXIO' ? 'ENXIO, nobody reads this FIFO' : code;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
