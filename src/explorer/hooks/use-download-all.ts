import { useEffect, useRef, useState } from 'react';
import { chooseFolder, createIn } from '../downloads/save-target.js';
import { openFirst } from '../downloads/transfer.js';
import type { StartedDownload, Tray } from '../downloads/tray.js';
import { toPlainName } from '../link/commands.js';
import { createLinkSource, type LinkAnswer, requestLink, urlOf } from '../link/request-link.js';
import { useSession } from './session.js';
import { useTray } from './tray.js';
import { inTurn } from './use-links.js';

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
  useEffect(() => () => leaving.current?.abort(), []);
  const run = async (files: readonly string[], lifetime: number | null): Promise<void> => {
    const folder = await chooseFolder();
    if (folder === null) return;
    const { signal } = (leaving.current = new AbortController());
    const failed: string[] = [];
    let done = 0;
    const show = (isRunning: boolean): void => {
      if (!signal.aborted) setState({ done, isRunning, failed: [...failed] });
    };
    show(true);
    await inTurn(files, AT_ONCE, async (fileName) => {
      const variables = { id: backupId, fileName, expiresIn: lifetime };
      const renew = (until: AbortSignal) => requestLink(ask, variables, until);
      const started = await startOne(fileName, renew, folder, tray, signal);
      done += 1;
      if (started === null) failed.push(fileName);
      show(true);
      await started?.ended;
      return true;
    });
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

/** Null if there is no link, the store refuses it, or the file cannot be written. */
async function startOne(
  fileName: string,
  renew: (signal: AbortSignal) => Promise<LinkAnswer>,
  folder: FileSystemDirectoryHandle,
  tray: Tray,
  signal: AbortSignal,
): Promise<StartedDownload | null> {
  const answer = await renew(signal);
  if (answer.kind !== 'link') return null;
  const network = answer.link.publicUrl === null ? 'internal' : 'public';
  const links = createLinkSource({ ...answer.link, renew }, network, Date.now);
  const url = urlOf(answer.link, network);
  if (url === null) return null;
  const opened = await openFirst(url, links, { fetch: (...args) => fetch(...args), signal });
  if (typeof opened === 'string') return null;
  const handle = await createIn(folder, toPlainName(fileName)).catch(() => null);
  const started = handle && (await tray.start({ links, opened, handle, sizeBytes: null }));
  if (typeof started === 'object' && started !== null) return started;
  void opened.body.cancel().catch(() => undefined);
  return null;
}
