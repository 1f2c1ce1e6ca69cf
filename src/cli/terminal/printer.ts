import type { DownloadEvent } from '../download/events.js';
import type { Terminal } from '../command.js';
import { Course, createProgressLine, type Progress } from './progress.js';
import { sentenceOf } from './sentences.js';
import { toJsonLine } from './text.js';

/** Reports downloads to a person or a program. */
export interface Printer {
  readonly onEvent: (event: DownloadEvent) => void;
  /** Leaves the place clean for what is printed next, also after a failure. */
  readonly close: () => void;
}

/** Milliseconds between two lines of JSON about the progress of a file. */
const JSON_INTERVAL_MS = 1000;

/** For a person: what there is to say, and how far it is. @param now milliseconds */
export function createTextPrinter(terminal: Terminal, now: () => number): Printer {
  const line = createProgressLine(terminal, now);
  const view = new ProgressView(now);
  let files = 1;
  return {
    onEvent: (event) => {
      view.follow(event);
      if (event.kind === 'started') ({ files } = event);
      const sentence = sentenceOf(event, files);
      if (sentence !== null) line.say(sentence);
      const { progress } = view;
      if (progress !== null) line.show(progress);
    },
    close: line.end,
  };
}

/** For a program: one JSON object a line for each event, with `event` for its kind; progress once a second. */
export function createJsonPrinter(write: (text: string) => void, now: () => number): Printer {
  const view = new ProgressView(now);
  const printedAt = new Map<string, number>();
  return {
    onEvent: (event) => {
      view.follow(event);
      const { kind, ...fields } = event;
      if (event.kind !== 'progress' && event.kind !== 'checking') {
        write(toJsonLine({ event: kind, ...fields }));
        return;
      }
      const progress = view.of(event.file);
      const isLast = event.bytes === event.sizeBytes;
      const age = now() - (printedAt.get(event.file) ?? -Infinity);
      if (progress === null || (!isLast && age < JSON_INTERVAL_MS)) return;
      printedAt.set(event.file, now());
      const { percent, bytesPerSecond, secondsLeft, stalled } = progress;
      write(toJsonLine({ event: kind, ...fields, percent, bytesPerSecond, secondsLeft, stalled }));
    },
    close: () => undefined,
  };
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
        this.#all = { files, sizeBytes, course: new Course('moving', 0, null, at) };
        break;
      }
      case 'file-started': {
        const { file, resumedBytes, sizeBytes } = event;
        this.#files.set(file, new Course('moving', resumedBytes, sizeBytes, at));
        break;
      }
      case 'progress':
        this.#go('moving', event, at);
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
