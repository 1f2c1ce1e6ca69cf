import { createHash } from 'node:crypto';
import { usageError } from '../cli-error.js';
import type { Intervals } from './intervals.js';

const PIECE = 1024 * 1024;

/** Where the bytes of a file go. */
export interface Sink {
  /** As it may be shown. */
  readonly path: string;
  /** Bytes that are written, though not all of them on the disk. */
  readonly written: Intervals;
  /** @throws CliError */
  write(chunks: readonly Buffer[], position: number): Promise<void>;
  /** Reads as much as is there. @throws CliError */
  read(into: Buffer, length: number, position: number): Promise<number>;
  /** Drops all bytes; null where what was given cannot be taken back. */
  readonly clear: (() => Promise<void>) | null;
  /** Called once the size is known. @throws CliError where there is no room for it */
  checkRoom(): Promise<void>;
  /** Makes sure that a run which is killed finds what is written. */
  readonly save: () => Promise<void>;
  /** Brings what is written to the disk. @throws CliError */
  flush(): Promise<void>;
  /** Keeps bytes that failed the check from being used. @returns what to say of them */
  reject(): Promise<string>;
}

/**
 * A sink whose SHA-256 is computed beside its writes. It follows the bytes that lie in one piece from the first one on:
 * what is written at their end is hashed from memory; bytes of an earlier run, or ahead of others, are read back.
 */
export class HashedSink {
  #hash = createHash('sha256');
  #hashed = 0;
  #reading: Promise<void> | null = null;
  #isStopped = false;
  #failure: { readonly error: unknown } | null = null;
  #onRead: (bytes: number) => void = () => undefined;

  /** @param isHashed whether to compute it at all */
  constructor(
    private readonly sink: Sink,
    private readonly isHashed: boolean,
  ) {
    this.#readBack();
  }

  get written(): Intervals {
    return this.sink.written;
  }

  async write(chunks: readonly Buffer[], position: number): Promise<void> {
    await this.sink.write(chunks, position);
    if (this.#reading === null && position === this.#hashed && this.isHashed) {
      for (const chunk of chunks) {
        this.#hash.update(chunk);
        this.#hashed += chunk.length;
      }
    }
    this.#readBack();
  }

  /** Drops all bytes. @returns false where what was given cannot be taken back */
  async clear(): Promise<boolean> {
    if (this.sink.clear === null) return false;
    this.#hash = createHash('sha256');
    this.#hashed = 0;
    await this.sink.clear();
    return true;
  }

  /** The SHA-256, in hex, of bytes that were all written in order. */
  sha256OfBeginning(): string {
    return this.#hash.copy().digest('hex');
  }

  /**
   * Hashes what is left of a file that is whole.
   * @param onBytes called with the bytes hashed so far where some were left
   * @returns the SHA-256 in hex; null where it is not computed
   * @throws CliError, or the reason of the signal
   */
  async digest(onBytes: (bytes: number) => void, signal: AbortSignal): Promise<string | null> {
    if (!this.isHashed) return null;
    this.#onRead = (bytes) => {
      if (signal.aborted) this.#isStopped = true;
      onBytes(bytes);
    };
    while (this.#reading !== null) await this.#reading;
    signal.throwIfAborted();
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#hashed !== this.written.total) throw this.#changedError();
    return this.#hash.digest('hex');
  }

  /** Stops reading: the sink may be closed after that. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    while (this.#reading !== null) await this.#reading;
  }

  #readBack(): void {
    const isIdle = !this.isHashed || this.#isStopped || this.#failure !== null;
    if (isIdle || this.#hashed >= this.written.prefix) return;
    this.#reading ??= this.#readToPrefix()
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#reading = null;
        this.#readBack();
      });
  }

  /** Reads the next piece while the one before is hashed. */
  async #readToPrefix(): Promise<void> {
    const own = this.#hash;
    const from = this.#hashed;
    // It may be begun over meanwhile.
    const isOn = (): boolean => !this.#isStopped && this.#hash === own;
    const readAt = (into: Buffer, at: number): Promise<number> => {
      const length = isOn() ? Math.min(PIECE, this.written.prefix - at) : 0;
      return length > 0 ? this.sink.read(into, length, at) : Promise.resolve(0);
    };
    let [filled, other] = [Buffer.allocUnsafe(PIECE), Buffer.allocUnsafe(PIECE)];
    let end = from;
    let bytes = await readAt(filled, end);
    while (bytes > 0 && isOn()) {
      end += bytes;
      const reading = readAt(other, end);
      own.update(filled.subarray(0, bytes));
      this.#hashed = end;
      this.#onRead(end);
      [filled, other] = [other, filled];
      bytes = await reading;
    }
    if (isOn() && this.#hashed === from) throw this.#changedError();
  }

  #changedError(): Error {
    return usageError(
      `Another program changed ${this.sink.path} meanwhile: run the same command with --restart.`,
    );
  }
}
