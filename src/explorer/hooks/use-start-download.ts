import { useEffect, useRef, useState } from 'react';
import { chooseTarget } from '../downloads/save-target.js';
import type { Bytes } from '../downloads/store-answer.js';
import { type LinkSource, openFirst, type StopReason } from '../downloads/transfer.js';
import { toPlainName } from '../link/commands.js';
import { useTray } from './tray.js';

/**
 * `ready`: the link is open, but the browser requires another press before it shows its dialog.
 * `cors`: CORS keeps the store's responses from the page.
 */
export type StartState =
  'rest' | 'checking' | 'ready' | 'started' | 'cors' | 'sameFile' | StopReason;

/** What to download: a link, the source of further links, and what is known about the file. */
export interface DownloadSource {
  readonly url: string;
  readonly links: LinkSource;
  readonly fileName: string;
  /** Null if the service does not say. */
  readonly sizeBytes: number | null;
  /** Called if the store does not accept the link. */
  readonly onRefused: () => void;
}

/**
 * Starts a download in the tray. Opens the link before it asks where to save, since choosing an
 * existing file empties it.
 */
export function useStartDownload({ url, links, fileName, sizeBytes, onRefused }: DownloadSource): {
  readonly state: StartState;
  readonly start: () => void;
} {
  const tray = useTray();
  const [state, setState] = useState<StartState>('rest');
  /** An open response that waits for another press. */
  const held = useRef<Bytes>(null);
  const opening = useRef<AbortController>(null);
  useEffect(
    () => () => {
      opening.current?.abort();
      void held.current?.body.cancel().catch(() => undefined);
    },
    [],
  );

  const save = async (opened: Bytes): Promise<StartState> => {
    const target = await chooseTarget(toPlainName(fileName));
    if (target === 'tooLate') {
      held.current = opened;
      return 'ready';
    }
    const outcome =
      typeof target === 'string'
        ? target
        : await tray.start({ links, opened, handle: target, sizeBytes });
    if (typeof outcome === 'object') return 'started';
    void opened.body.cancel().catch(() => undefined);
    return outcome === 'cancelled' ? 'rest' : outcome;
  };

  const open = async (): Promise<StartState> => {
    const { signal } = (opening.current = new AbortController());
    const answer = await openFirst(url, links, { fetch: (...args) => fetch(...args), signal });
    // From here on, the response outlives its link on the page.
    opening.current = null;
    if (typeof answer === 'object') return save(answer);
    if (answer === 'unreachable') {
      tray.unreadable.add(new URL(url).origin);
      return 'cors';
    }
    if (answer !== 'refused' && answer !== 'whole') return answer;
    onRefused();
    return 'rest';
  };

  return {
    state,
    start() {
      if (state === 'checking') return;
      const opened = held.current;
      held.current = null;
      if (opened === null) setState('checking');
      // Rejects only if the link has left the page; then nothing shows the state.
      (opened === null ? open() : save(opened)).then(setState, () => undefined);
    },
  };
}
