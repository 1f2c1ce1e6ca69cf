import { useEffect, useRef, useState } from 'react';
import { type Progress, type SaveFailure, saveStream } from '../link/save-stream.js';
import { openSink } from '../link/sinks.js';

export type DownloadState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly progress: Progress }
  | { readonly kind: 'saved'; readonly fileName: string; readonly bytes: number }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly why: SaveFailure };

/** Paints at most this often. */
const PAINT_MS = 100;

/** Downloads one link in the page; leaving the page or the link cancels it. */
export function useDownload(
  url: string,
  fileName: string,
): { readonly state: DownloadState; readonly start: () => void; readonly cancel: () => void } {
  const [state, setState] = useState<DownloadState>({ kind: 'idle' });
  const running = useRef<AbortController>(null);
  useEffect(
    () => () => {
      running.current?.abort();
    },
    [],
  );

  const run = async (controller: AbortController): Promise<void> => {
    const opened = await openSink(fileName);
    if (opened === null) return;
    let painted = -Infinity;
    const onProgress = (progress: Progress): void => {
      if (performance.now() - painted < PAINT_MS) return;
      painted = performance.now();
      setState({ kind: 'running', progress });
    };
    onProgress({ received: 0, total: null });
    try {
      const { signal } = controller;
      const load: typeof fetch = (input, init) => fetch(input, init);
      const result = await saveStream(url, { ...opened, fetch: load, signal, onProgress });
      setState(
        result.kind === 'saved'
          ? { kind: 'saved', fileName, bytes: result.bytes }
          : { kind: 'failed', why: result.kind },
      );
    } catch {
      // Only an abort rejects.
      setState({ kind: 'cancelled' });
    }
  };

  return {
    state,
    start() {
      running.current = new AbortController();
      void run(running.current);
    },
    cancel() {
      running.current?.abort();
    },
  };
}
