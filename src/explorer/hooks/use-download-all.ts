import { useEffect, useRef, useState } from 'react';
import { chooseFolder, createIn } from '../downloads/save-target.js';
import { openFirst } from '../downloads/transfer.js';
import type { Tray } from '../downloads/tray.js';
import type { LinkQueryVariables } from '../generated/operations.js';
import { toPlainName } from '../link/commands.js';
import { createLinkSource, requestLink, urlOf } from '../link/request-link.js';
import { type Session, useSession } from './session.js';
import { useTray } from './tray.js';

export interface DownloadAll {
  /** Files whose download has started or failed to. */
  readonly done: number;
  readonly isRunning: boolean;
  /** Names of files whose download did not start. */
  readonly failed: readonly string[];
}

/** Concurrent downloads: more would only share the same connection. */
const AT_ONCE = 3;

/** Downloads many files into one folder, each with its own link, requested when its turn comes. */
export function useDownloadAll(backupId: string): {
  readonly state: DownloadAll | null;
  readonly start: (files: readonly string[], lifetime: number | null) => void;
} {
  const { ask } = useSession();
  const tray = useTray();
  const [state, setState] = useState<DownloadAll | null>(null);
  const leaving = useRef<AbortController>(null);
  useEffect(
    () => () => {
      leaving.current?.abort();
    },
    [],
  );
  const run = async (files: readonly string[], lifetime: number | null): Promise<void> => {
    const folder = await chooseFolder();
    if (folder === null) return;
    const { signal } = (leaving.current = new AbortController());
    const failed: string[] = [];
    let done = 0;
    let next = 0;
    const show = (isRunning: boolean): void => {
      if (!signal.aborted) setState({ done, isRunning, failed: [...failed] });
    };
    const work = async (): Promise<void> => {
      for (let file = files[next++]; file !== undefined; file = files[next++]) {
        const variables = { id: backupId, fileName: file, expiresIn: lifetime };
        const started = await startOne({ variables, file, folder, ask, tray, signal });
        done += 1;
        if (started === null) failed.push(file);
        show(true);
        await started?.ended;
      }
    };
    show(true);
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    show(false);
  };
  return {
    state,
    start(files, lifetime) {
      // Rejects only when the backup is closed; downloads that have started continue.
      run(files, lifetime).catch(() => undefined);
    },
  };
}

interface OneDownload {
  readonly variables: LinkQueryVariables;
  readonly file: string;
  readonly folder: FileSystemDirectoryHandle;
  readonly ask: Session['ask'];
  readonly tray: Tray;
  readonly signal: AbortSignal;
}

/** Null if there is no link, the store refuses it, or the file cannot be written. */
async function startOne({
  variables,
  file,
  folder,
  ask,
  tray,
  signal,
}: OneDownload): Promise<{ readonly ended: Promise<void> } | null> {
  const renew = (until: AbortSignal) => requestLink(ask, variables, until);
  const answer = await renew(signal);
  if (answer.kind !== 'link') return null;
  const network = answer.link.publicUrl === null ? 'internal' : 'public';
  const links = createLinkSource({ ...answer.link, renew }, network, Date.now);
  const url = urlOf(answer.link, network);
  if (url === null) return null;
  const opened = await openFirst(url, links, { fetch: (...args) => fetch(...args), signal });
  if (opened.kind !== 'bytes') return null;
  const handle = await createIn(folder, toPlainName(file)).catch(() => null);
  const started = handle && (await tray.start({ links, opened, handle, sizeBytes: null }));
  if (typeof started === 'object' && started !== null) return started;
  void opened.body.cancel().catch(() => undefined);
  return null;
}
