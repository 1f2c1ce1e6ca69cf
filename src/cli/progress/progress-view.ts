import type { DownloadEvent } from '../download/events.js';
import { RateMeter, type Rate } from './rate-meter.js';

/** How far a file is, as it is shown. Each number is finite, or null where it is not known. */
export interface Progress extends Rate {
  readonly phase: 'downloading' | 'checking';
  readonly file: string;
  readonly bytes: number;
  readonly sizeBytes: number | null;
  /** 0 to 100 with one decimal; falls only when a file starts over. */
  readonly percent: number | null;
  readonly secondsLeft: number | null;
}

/** Longer times are no forecast. */
const LONGEST_LEFT_S = 100 * 86_400;

/** Follows the events of downloads. */
export class ProgressView {
  readonly #meter = new RateMeter();
  #phase: Progress['phase'] = 'downloading';
  #file: string | null = null;
  #bytes = 0;
  #sizeBytes: number | null = null;
  #highest = 0;

  constructor(private readonly now: () => number) {}

  follow(event: DownloadEvent): void {
    switch (event.kind) {
      case 'file-started':
        this.#begin('downloading', event.file, event.resumedBytes, event.sizeBytes);
        break;
      case 'progress':
        if (event.file !== this.#file || this.#phase !== 'downloading') return;
        this.#go(event.bytes, event.sizeBytes);
        break;
      case 'checking':
        if (event.file !== this.#file || this.#phase !== 'checking') {
          this.#begin('checking', event.file, 0, event.sizeBytes);
        }
        this.#go(event.bytes, event.sizeBytes);
        break;
      case 'started-over':
        if (event.file === this.#file) this.#begin(this.#phase, event.file, 0, this.#sizeBytes);
        break;
      case 'file-done':
        this.#file = null;
        break;
      case 'link-renewed':
      case 'line-broke':
      case 'notice':
      case 'started':
      case 'summary':
      case 'file-failed':
        break;
    }
  }

  /** Null between files. */
  get progress(): Progress | null {
    if (this.#file === null) return null;
    const rate = this.#meter.rate(this.now());
    return {
      ...rate,
      phase: this.#phase,
      file: this.#file,
      bytes: this.#bytes,
      sizeBytes: this.#sizeBytes,
      percent: this.#percent(),
      secondsLeft: this.#secondsLeft(rate),
    };
  }

  #begin(phase: Progress['phase'], file: string, bytes: number, sizeBytes: number | null): void {
    this.#phase = phase;
    this.#file = file;
    this.#bytes = bytes;
    this.#sizeBytes = sizeBytes;
    this.#highest = 0;
    this.#meter.restart(bytes, this.now());
  }

  #go(bytes: number, sizeBytes: number | null): void {
    this.#bytes = bytes;
    this.#sizeBytes = sizeBytes;
    this.#meter.add(bytes, this.now());
  }

  #percent(): number | null {
    if (this.#sizeBytes === null) return null;
    const part = this.#sizeBytes === 0 ? 1 : this.#bytes / this.#sizeBytes;
    // Down, so that 100 means all.
    this.#highest = Math.max(this.#highest, Math.min(100, Math.floor(part * 1000) / 10));
    return this.#highest;
  }

  #secondsLeft({ bytesPerSecond }: Rate): number | null {
    if (this.#sizeBytes === null || bytesPerSecond === null || bytesPerSecond <= 0) return null;
    const seconds = Math.ceil(Math.max(0, this.#sizeBytes - this.#bytes) / bytesPerSecond);
    return seconds > LONGEST_LEFT_S ? null : seconds;
  }
}
