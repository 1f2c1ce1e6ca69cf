import type { DownloadEvent } from '../download/events.js';
import { RateMeter, type Rate } from '../../domain/rate-meter.js';

/** How far it is, as it is shown. Each number is finite, or null where it is not known. */
export interface Progress extends Rate {
  readonly phase: 'downloading' | 'checking';
  /** The file, or how many of several files are done. */
  readonly label: string;
  readonly bytes: number;
  readonly sizeBytes: number | null;
  /** 0 to 100 with one decimal; falls only when a file starts over. */
  readonly percent: number | null;
  readonly secondsLeft: number | null;
}

/** Longer times are no forecast. */
const LONGEST_LEFT_S = 100 * 86_400;

/** Follows a count of bytes on its way to a size. */
class Course {
  readonly #meter = new RateMeter();
  #highest = 0;

  constructor(
    readonly phase: Progress['phase'],
    public bytes: number,
    public sizeBytes: number | null,
    at: number,
  ) {
    this.#meter.restart(bytes, at);
  }

  go(bytes: number, sizeBytes: number | null, at: number): void {
    this.bytes = bytes;
    this.sizeBytes = sizeBytes;
    this.#meter.add(bytes, at);
  }

  show(label: string, at: number): Progress {
    const { phase, bytes, sizeBytes } = this;
    const rate = this.#meter.rate(at);
    const percent = this.#percent();
    const secondsLeft = this.#secondsLeft(rate.bytesPerSecond);
    return { ...rate, phase, label, bytes, sizeBytes, percent, secondsLeft };
  }

  #percent(): number | null {
    if (this.sizeBytes === null) return null;
    const part = this.sizeBytes === 0 ? 1 : this.bytes / this.sizeBytes;
    // Down, so that 100 means all.
    this.#highest = Math.max(this.#highest, Math.min(100, Math.floor(part * 1000) / 10));
    return this.#highest;
  }

  #secondsLeft(bytesPerSecond: number | null): number | null {
    if (this.sizeBytes === null || bytesPerSecond === null || bytesPerSecond <= 0) return null;
    const seconds = Math.ceil(Math.max(0, this.sizeBytes - this.bytes) / bytesPerSecond);
    return seconds > LONGEST_LEFT_S ? null : seconds;
  }
}

/** Follows the events of downloads: each file, and all of them together where there are several. */
export class ProgressView {
  /** Those under way. */
  readonly #files = new Map<string, Course>();
  #all: { readonly course: Course; readonly files: number; readonly sizeBytes: number } | null =
    null;
  #ended = { files: 0, bytes: 0 };

  constructor(private readonly now: () => number) {}

  follow(event: DownloadEvent): void {
    const at = this.now();
    switch (event.kind) {
      case 'started': {
        const { files, sizeBytes } = event;
        this.#all = { files, sizeBytes, course: new Course('downloading', 0, null, at) };
        break;
      }
      case 'file-started': {
        const { file, resumedBytes, sizeBytes } = event;
        this.#files.set(file, new Course('downloading', resumedBytes, sizeBytes, at));
        break;
      }
      case 'progress':
        this.#go('downloading', event, at);
        break;
      case 'checking':
        if (this.#files.get(event.file)?.phase !== 'checking') {
          this.#files.set(event.file, new Course('checking', 0, event.sizeBytes, at));
        }
        this.#go('checking', event, at);
        break;
      case 'started-over': {
        const before = this.#files.get(event.file);
        if (before === undefined) return;
        this.#files.set(event.file, new Course(before.phase, 0, before.sizeBytes, at));
        break;
      }
      case 'file-done':
        this.#end(event.file, event.sizeBytes);
        break;
      case 'file-failed':
        this.#end(event.file, 0);
        break;
      case 'link-renewed':
      case 'line-broke':
      case 'notice':
      case 'summary':
        return;
    }
    this.#goAll(at);
  }

  /** Null where it is not under way. */
  of(file: string): Progress | null {
    return this.#files.get(file)?.show(file, this.now()) ?? null;
  }

  /** Of several files all together, else the one under way; null between files. */
  get progress(): Progress | null {
    if (this.#all !== null) {
      const label = `${this.#ended.files} of ${this.#all.files} files`;
      return this.#all.course.show(label, this.now());
    }
    const [file] = this.#files.keys();
    return file === undefined ? null : this.of(file);
  }

  #go(
    phase: Progress['phase'],
    event: { readonly file: string; readonly bytes: number; readonly sizeBytes: number | null },
    at: number,
  ): void {
    const course = this.#files.get(event.file);
    if (course?.phase === phase) course.go(event.bytes, event.sizeBytes, at);
  }

  #end(file: string, bytes: number): void {
    this.#files.delete(file);
    this.#ended = { files: this.#ended.files + 1, bytes: this.#ended.bytes + bytes };
  }

  #goAll(at: number): void {
    if (this.#all === null) return;
    let { bytes } = this.#ended;
    for (const { phase, bytes: here, sizeBytes } of this.#files.values()) {
      bytes += phase === 'checking' ? (sizeBytes ?? here) : here;
    }
    const { course, sizeBytes } = this.#all;
    course.go(bytes, sizeBytes === 0 ? null : Math.max(bytes, sizeBytes), at);
  }
}
