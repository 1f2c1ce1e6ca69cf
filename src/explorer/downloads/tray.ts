import { createRateMeter, type RateMeter } from './rate.js';
import { openSink, removeEmpty } from './save-target.js';
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
  /** `resumes`: whether it can go on from the bytes that are here, rather than from the start. */
  | { readonly kind: 'stopped'; readonly why: StopReason; readonly resumes: boolean }
  | { readonly kind: 'saved' };

/** The state of a download for display. */
export interface Download {
  readonly id: number;
  readonly fileName: string;
  readonly received: number;
  /** Null if the store does not report it. */
  readonly total: number | null;
  readonly state: DownloadState;
}

export interface NewDownload {
  readonly links: LinkSource;
  /** Open, from the first byte. */
  readonly opened: Bytes;
  readonly handle: FileSystemFileHandle;
  /** Size of the file if the service reports it, for stores that do not. */
  readonly sizeBytes: number | null;
}

/** The downloads of the page. They live as long as the page, whatever it shows. */
export interface Tray {
  readonly subscribe: (listener: () => void) => () => void;
  /** The same array until something changes. */
  readonly list: () => readonly Download[];
  /** Origins of stores whose answers the browser keeps from the page. */
  readonly unreadable: Set<string>;
  /** `sameFile`: another download writes to this file. */
  start(download: NewDownload): Promise<'started' | 'sameFile' | 'notWritten'>;
  pause(id: number): void;
  /** Resumes from the bytes received, or restarts if that is impossible. */
  resume(id: number): void;
  /** Removes a download, and its file if unfinished. */
  remove(id: number): void;
}

export interface TrayOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds; never goes back. */
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
  /** Settles when nothing is written any more. */
  rest: Promise<void>;
}

/** Shows progress this often. */
const PAINT_MS = 200;

/** Failures that make the received bytes useless. */
const LOST: ReadonlySet<StopReason> = new Set<StopReason>([
  'changed',
  'encoded',
  'unresumable',
  'notWritten',
]);

/** Whether closing the page would lose bytes. */
export function isAtStake({ state }: Download): boolean {
  return state.kind === 'running' || state.kind === 'paused' || isResumable(state);
}

function isResumable(state: DownloadState): boolean {
  return state.kind === 'stopped' && state.resumes;
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
    let isWaiting = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const paint = (): void => {
      timer = undefined;
      if (signal.aborted) return;
      meter.add({ at: now(), received: position.received });
      set(id, { kind: 'running', isWaiting, rate: meter.rate() });
    };
    const onProgress = (phase: 'running' | 'waiting'): void => {
      if (isWaiting !== (phase === 'waiting')) {
        isWaiting = phase === 'waiting';
        meter.reset();
        clearTimeout(timer);
        paint();
      }
      timer ??= setTimeout(paint, PAINT_MS);
    };
    try {
      const end = await transfer(opened, {
        links,
        sink,
        fetch,
        wait,
        signal,
        position,
        onProgress,
      });
      if (end.kind === 'saved') set(id, end);
      else set(id, { ...end, resumes: position.etag !== null && !LOST.has(end.why) });
    } catch {
      // Only an abort rejects: whoever aborted has said what comes of it.
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
      const sink = await openSink(handle).catch(() => null);
      if (sink === null) return 'notWritten';
      const id = nextId;
      nextId += 1;
      const position = { received: 0, total: opened.total ?? sizeBytes, etag: opened.etag };
      const entry: Entry = {
        handle,
        links,
        sink,
        position,
        meter: createRateMeter(),
        controller: new AbortController(),
        rest: Promise.resolve(),
      };
      entries.set(id, entry);
      const state = { kind: 'running', isWaiting: false, rate: null } as const;
      publish([...shown, { id, fileName: handle.name, received: 0, total: position.total, state }]);
      entry.rest = run(id, entry, opened);
      return 'started';
    },
    pause(id) {
      entries.get(id)?.controller.abort();
      entries.get(id)?.meter.reset();
      set(id, { kind: 'paused' });
    },
    resume(id) {
      const entry = entries.get(id);
      if (entry === undefined) return;
      const { controller } = entry;
      controller.abort();
      entry.controller = new AbortController();
      const { etag } = entry.position;
      const isKept = etag !== null && !isLost(stateOf(id));
      set(id, { kind: 'running', isWaiting: true, rate: null });
      entry.rest = entry.rest.then(async () => {
        // The last bytes may have come in the meantime.
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
  };
}

function isLost(state: DownloadState | undefined): boolean {
  return state?.kind === 'stopped' && LOST.has(state.why);
}

/** Restarts a file that cannot be resumed. */
async function startOver(entry: Entry): Promise<boolean> {
  await entry.sink.abort().catch(() => undefined);
  Object.assign(entry.position, { received: 0, etag: null });
  const sink = await openSink(entry.handle).catch(() => null);
  if (sink !== null) entry.sink = sink;
  return sink !== null;
}

async function discard({ rest, sink, handle }: Entry): Promise<void> {
  await rest;
  await sink.abort().catch(() => undefined);
  await removeEmpty(handle).catch(() => undefined);
}
