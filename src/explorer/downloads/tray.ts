import { RateMeter } from '../../domain/rate-meter.js';
import { removeEmpty } from './save-target.js';
import type { Bytes } from './store-answer.js';
import {
  type LinkSource,
  type Position,
  type Sink,
  type StopReason,
  transfer,
} from './transfer.js';

export type DownloadState =
  | { readonly kind: 'running'; readonly isWaiting: boolean; readonly rate: number | null }
  | { readonly kind: 'paused' }
  /** `resumes`: whether it can resume from the saved bytes rather than start over. */
  | { readonly kind: 'stopped'; readonly why: StopReason; readonly resumes: boolean }
  | { readonly kind: 'saved' };

/** A download as the page shows it. */
export interface Download {
  readonly id: number;
  readonly fileName: string;
  readonly received: number;
  /** Bytes; null if unknown. */
  readonly total: number | null;
  readonly state: DownloadState;
}

export interface NewDownload {
  readonly links: LinkSource;
  /** An open response that starts at the first byte. */
  readonly opened: Bytes;
  readonly handle: FileSystemFileHandle;
  /** Size of the file if the service knows it, for stores that do not send it. */
  readonly sizeBytes: number | null;
}

export interface StartedDownload {
  /** Settles when the download is saved, stopped, paused or removed. */
  readonly ended: Promise<void>;
}

/** The page's downloads. They outlive changes of the view. */
export interface Tray {
  readonly subscribe: (listener: () => void) => () => void;
  /** Returns the same array until something changes. */
  readonly list: () => readonly Download[];
  /** Origins of stores whose responses CORS hides from the page. */
  readonly unreadable: Set<string>;
  /** Starts a download. `sameFile`: another download is writing to this file. */
  start(download: NewDownload): Promise<StartedDownload | 'sameFile' | 'notWritten'>;
  pause(id: number): void;
  /** Resumes from the saved bytes, or starts over if that is impossible. */
  resume(id: number): void;
  /** Removes a download from the list, and its file if it is not finished. */
  remove(id: number): void;
  /** Removes the finished downloads from the list. */
  removeSaved(): void;
}

export interface TrayOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

interface Entry {
  readonly handle: FileSystemFileHandle;
  readonly links: LinkSource;
  readonly position: Position;
  readonly meter: RateMeter;
  sink: Sink;
  controller: AbortController;
  /** Settles when writing has ended. */
  settled: Promise<void>;
}

/** Interval between updates of the progress. */
const PAINT_MS = 200;

/** Reasons that make the saved bytes useless. */
const LOST: ReadonlySet<StopReason> = new Set<StopReason>([
  'changed',
  'encoded',
  'unresumable',
  'notWritten',
]);

/** Whether closing the page would lose bytes. */
export function isAtStake({ state }: Download): boolean {
  return state.kind === 'stopped' ? state.resumes : state.kind !== 'saved';
}

export function createTray({ fetch, now, wait }: TrayOptions): Tray {
  const entries = new Map<number, Entry>();
  const listeners = new Set<() => void>();
  let shown: readonly Download[] = [];
  let nextId = 1;

  const publish = (next: readonly Download[]): void => {
    shown = next;
    for (const listener of listeners) listener();
  };
  const set = (id: number, state: DownloadState): void => {
    const entry = entries.get(id);
    if (entry === undefined) return;
    const { received, total } = entry.position;
    publish(shown.map((one) => (one.id === id ? { ...one, received, total, state } : one)));
  };

  const stateOf = (id: number) => shown.find((one) => one.id === id)?.state;

  const run = async (id: number, entry: Entry, opened: Bytes | null): Promise<void> => {
    const { links, sink, position, meter, controller } = entry;
    const { signal } = controller;
    meter.restart(position.received, now());
    let isWaiting = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const paint = (): void => {
      timer = undefined;
      if (signal.aborted) return;
      const at = now();
      meter.add(position.received, at);
      set(id, { kind: 'running', isWaiting, rate: meter.rate(at).bytesPerSecond });
    };
    const onProgress = (phase: 'running' | 'waiting'): void => {
      if (isWaiting !== (phase === 'waiting')) {
        isWaiting = phase === 'waiting';
        meter.restart(position.received, now());
        clearTimeout(timer);
        paint();
      }
      timer ??= setTimeout(paint, PAINT_MS);
    };
    try {
      const options = { links, sink, fetch, wait, signal, position, onProgress };
      const end = await transfer(opened, options);
      if (end === 'saved') set(id, { kind: end });
      else
        set(id, { kind: 'stopped', why: end, resumes: position.etag !== null && !LOST.has(end) });
    } catch {
      // Only an abort rejects; its caller has set the state.
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    list: () => shown,
    unreadable: new Set(),
    async start({ links, opened, handle, sizeBytes }) {
      for (const download of shown.filter(({ state }) => state.kind !== 'saved')) {
        const other = entries.get(download.id);
        if (other && (await handle.isSameEntry(other.handle))) return 'sameFile';
      }
      const sink = await handle.createWritable().catch(() => null);
      if (sink === null) return 'notWritten';
      const id = nextId;
      nextId += 1;
      const position = { received: 0, total: opened.total ?? sizeBytes, etag: opened.etag };
      const entry: Entry = {
        handle,
        links,
        sink,
        position,
        meter: new RateMeter(),
        controller: new AbortController(),
        settled: Promise.resolve(),
      };
      entries.set(id, entry);
      const state = { kind: 'running', isWaiting: false, rate: null } as const;
      publish([...shown, { id, fileName: handle.name, received: 0, total: position.total, state }]);
      entry.settled = run(id, entry, opened);
      return { ended: entry.settled };
    },
    pause(id) {
      entries.get(id)?.controller.abort();
      set(id, { kind: 'paused' });
    },
    resume(id) {
      const entry = entries.get(id);
      if (entry === undefined) return;
      const { controller } = entry;
      controller.abort();
      entry.controller = new AbortController();
      const { etag } = entry.position;
      const state = stateOf(id);
      const isLost = state?.kind === 'stopped' && LOST.has(state.why);
      const isKept = etag !== null && !isLost;
      set(id, { kind: 'running', isWaiting: true, rate: null });
      entry.settled = entry.settled.then(async () => {
        // The download may have finished before the abort.
        if (stateOf(id)?.kind === 'saved') return;
        if (isKept || (await startOver(entry))) await run(id, entry, null);
        else set(id, { kind: 'stopped', why: 'notWritten', resumes: false });
      });
    },
    remove(id) {
      const entry = entries.get(id);
      const state = stateOf(id);
      if (entry === undefined) return;
      entries.delete(id);
      entry.controller.abort();
      if (state?.kind !== 'saved') void discard(entry);
      publish(shown.filter((one) => one.id !== id));
    },
    removeSaved() {
      for (const { id, state } of shown) if (state.kind === 'saved') entries.delete(id);
      publish(shown.filter(({ id }) => entries.has(id)));
    },
  };
}

/** Discards the saved bytes and opens the file again. */
async function startOver(entry: Entry): Promise<boolean> {
  await entry.sink.abort().catch(() => undefined);
  Object.assign(entry.position, { received: 0, etag: null });
  const sink = await entry.handle.createWritable().catch(() => null);
  if (sink !== null) entry.sink = sink;
  return sink !== null;
}

async function discard({ settled, sink, handle }: Entry): Promise<void> {
  await settled;
  await sink.abort().catch(() => undefined);
  await removeEmpty(handle).catch(() => undefined);
}
