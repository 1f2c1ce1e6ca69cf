import { writev } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasCode } from '../../domain/error-code.js';

/** Bytes of one write: fewer calls, without copying the pieces together. */
const BATCH = 1024 * 1024;
/** Bytes under way at most, for each range: what memory is bounded by. */
const MOST_UNDER_WAY = 4 * BATCH;
/** Longest time that pieces of a slow line wait for others. */
const LINGER_MS = 100;
/** Pause before the next try at a pipe that takes nothing without waiting. */
const FULL_PIPE_MS = 10;

/** Writes bytes at a place of a file; called one after the other. */
interface Writable {
  readonly write: (chunks: readonly Buffer[], position: number) => Promise<void>;
}

/** Collects pieces and writes them together, one after the other, while the next ones come. */
export class BatchWriter {
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #underWay = 0;
  #running: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param position of the first piece
   * @param giveBack gets each piece once it is written
   */
  constructor(
    private readonly to: Writable,
    private position: number,
    private readonly giveBack: (chunk: Buffer) => void,
  ) {}

  /** @returns a promise where no more may come for now; it fails with what a write failed with */
  readonly push = (chunk: Buffer): Promise<void> | undefined => {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    this.#underWay += chunk.length;
    if (this.#waitingBytes >= BATCH) void this.#flush();
    else this.#timer ??= setTimeout(() => void this.#flush(), LINGER_MS);
    const isFull = this.#underWay >= MOST_UNDER_WAY || this.#failure !== null;
    return isFull ? this.#drained() : undefined;
  };

  /** Writes what is left. @throws what a write failed with */
  async finish(): Promise<void> {
    await this.#flush();
    if (this.#failure !== null) throw this.#failure.error;
  }

  #flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting.length === 0) return this.#running;
    const chunks = this.#waiting;
    const bytes = this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#running = this.#running.then(() => this.#write(chunks, bytes));
    return this.#running;
  }

  async #write(chunks: readonly Buffer[], bytes: number): Promise<void> {
    try {
      if (this.#failure === null) await this.to.write(chunks, this.position);
      this.position += bytes;
      if (this.#failure === null) chunks.forEach(this.giveBack);
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#underWay -= bytes;
  }

  async #drained(): Promise<void> {
    while (this.#underWay >= MOST_UNDER_WAY && this.#failure === null) await this.#flush();
    if (this.#failure !== null) throw this.#failure.error;
  }
}

const writeSome = promisify(writev);

/**
 * Writes all bytes of `chunks`, in order: a disk that fills up and a pipe take a part only. Copies nothing.
 * @param position in the file; null for what has no places, as a pipe
 * @throws the error of the system
 */
export async function writeAll(
  fd: number,
  chunks: readonly Buffer[],
  position: number | null,
): Promise<void> {
  let left = chunks;
  let written = 0;
  while (left.length > 0) {
    try {
      const at = position === null ? undefined : position + written;
      const { bytesWritten } = await writeSome(fd, left, at);
      written += bytesWritten;
      left = after(left, bytesWritten);
    } catch (error) {
      // Another program may have set a pipe that it shares with this one not to wait.
      if (!hasCode(error, 'EAGAIN')) throw error;
      await sleep(FULL_PIPE_MS);
    }
  }
}

/** The chunks without their first `count` bytes, and without empty ones. */
function after(chunks: readonly Buffer[], count: number): readonly Buffer[] {
  let rest = count;
  const index = chunks.findIndex(({ length }) => length > rest || ((rest -= length), false));
  const [first, ...others] = index === -1 ? [] : chunks.slice(index);
  return first === undefined ? [] : [first.subarray(rest), ...others];
}
