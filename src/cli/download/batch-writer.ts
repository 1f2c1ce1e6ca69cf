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
  #timer: NodeJS.Timeout | undefined;

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
    if (this.#waitingBytes >= BATCH) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), LINGER_MS);
    return this.#isFull || this.#failure !== null ? this.#drained() : undefined;
  };

  /** Writes what is left. @throws what a write failed with */
  async finish(): Promise<void> {
    this.#flush();
    await this.#running;
    if (this.#failure !== null) throw this.#failure.error;
  }

  get #isFull(): boolean {
    return this.#underWay >= MOST_UNDER_WAY;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const chunks = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (chunks.length > 0) this.#running = this.#running.then(() => this.#write(chunks));
  }

  async #write(chunks: readonly Buffer[]): Promise<void> {
    const bytes = lengthOf(chunks);
    try {
      if (this.#failure !== null) return;
      await this.to.write(chunks, this.position);
      this.position += bytes;
      chunks.forEach(this.giveBack);
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#underWay -= bytes;
    }
  }

  async #drained(): Promise<void> {
    while (this.#isFull && this.#failure === null) {
      this.#flush();
      await this.#running;
    }
    if (this.#failure !== null) throw this.#failure.error;
  }
}

const writeSome = promisify(writev);

/**
 * Writes all bytes of `chunks`, in order: a disk that fills up and a pipe take a part only.
 * @param position in the file; null for what has no places, as a pipe
 * @throws the error of the system
 */
export async function writeAll(
  fd: number,
  chunks: readonly Buffer[],
  position: number | null,
): Promise<void> {
  const length = lengthOf(chunks);
  let left = chunks;
  for (let written = 0; written < length;) {
    try {
      const at = position === null ? undefined : position + written;
      const { bytesWritten } = await writeSome(fd, left, at);
      written += bytesWritten;
      if (written < length) left = [Buffer.concat(left).subarray(bytesWritten)];
    } catch (error) {
      // Another program may have set a pipe that it shares with this one not to wait.
      if (!hasCode(error, 'EAGAIN')) throw error;
      await sleep(FULL_PIPE_MS);
    }
  }
}

export function lengthOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}
