import { useEffect, useRef, useState } from 'react';
import { chooseTarget } from '../downloads/save-target.js';
import type { Bytes, StoreAnswer } from '../downloads/store-answer.js';
import { type LinkSource, openFirst, type StopReason } from '../downloads/transfer.js';
import { toPlainName } from '../link/commands.js';
import { useTray } from './tray.js';

/**
 * `ready`: the link is open, but the browser requires another press before it shows its dialog.
 * `unreadable`: CORS keeps the store's responses from the page.
 */
export type StartState =
  | { readonly kind: 'rest' | 'checking' | 'ready' | 'started' }
  | { readonly kind: 'unreadable' | 'encoded' | 'sameFile' }
  | { readonly kind: 'failed'; readonly why: StopReason };

/** What to download: a link, the source of further links, and what is known about the file. */
export interface DownloadSource {
  readonly url: string;
  readonly links: LinkSource;
  readonly fileName: string;
  /** Null if the service does not say. */
  readonly sizeBytes: number | null;
}

/**
 * Starts a download in the tray. Opens the link before it asks where to save, since choosing an
 * existing file empties it.
 */
export function useStartDownload({ url, links, fileName, sizeBytes }: DownloadSource): {
  readonly state: StartState;
  readonly start: () => void;
} {
  const tray = useTray();
  const [state, setState] = useState<StartState>({ kind: 'rest' });
  const held = useHeldBytes();

  const save = async (opened: Bytes): Promise<StartState> => {
    const target = await chooseTarget(toPlainName(fileName));
    if (target.kind === 'tooLate') {
      held.keep(opened);
      return { kind: 'ready' };
    }
    const outcome =
      target.kind === 'file'
        ? await tray.start({ links, opened, handle: target.handle, sizeBytes })
        : target.kind;
    if (typeof outcome === 'object') return { kind: 'started' };
    void opened.body.cancel().catch(() => undefined);
    if (outcome === 'cancelled') return { kind: 'rest' };
    return outcome === 'notWritten' ? { kind: 'failed', why: outcome } : { kind: outcome };
  };

  const open = async (signal: AbortSignal): Promise<StartState> => {
    const answer = await openFirst(url, links, { fetch: (...args) => fetch(...args), signal });
    held.letGo();
    if (answer.kind === 'bytes') return save(answer);
    if (answer.kind === 'unreachable') tray.unreadable.add(new URL(url).origin);
    return toState(answer);
  };

  return {
    state,
    start() {
      if (state.kind === 'checking') return;
      const opened = held.take();
      if (opened === null) setState({ kind: 'checking' });
      // Rejects only if the link has left the page; then nothing shows the state.
      (opened === null ? open(held.begin()) : save(opened)).then(setState, () => undefined);
    },
  };
}

function toState({ kind }: Exclude<StoreAnswer, Bytes>): StartState {
  if (kind === 'unreachable') return { kind: 'unreadable' };
  if (kind === 'encoded') return { kind };
  return { kind: 'failed', why: kind === 'whole' ? 'refused' : kind };
}

/** Holds an open response until a download takes it; closes it when its link leaves the page. */
function useHeldBytes() {
  const bytes = useRef<Bytes>(null);
  const opening = useRef<AbortController>(null);
  useEffect(
    () => () => {
      opening.current?.abort();
      void bytes.current?.body.cancel().catch(() => undefined);
    },
    [],
  );
  return {
    begin(): AbortSignal {
      opening.current = new AbortController();
      return opening.current.signal;
    },
    /** From here on, the response outlives its link on the page. */
    letGo(): void {
      opening.current = null;
    },
    keep(opened: Bytes): void {
      bytes.current = opened;
    },
    take(): Bytes | null {
      const opened = bytes.current;
      bytes.current = null;
      return opened;
    },
  };
}
