import { useEffect, useRef, useState } from 'react';
import type { LinkQueryVariables } from '../generated/operations.js';
import { type LinkAnswer, type RenewableLink, requestLink } from '../link/request-link.js';
import { useSession } from './session.js';

export type LinkState =
  | { readonly kind: 'rest' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'issued' }
  | Exclude<LinkAnswer, { kind: 'link' }>;

/** What is known about the link of one file. A link stays until the next one arrives. */
export interface FileLink {
  readonly link: RenewableLink | null;
  readonly state: LinkState;
  /** Whether it was requested on its own rather than with those of all files. */
  readonly isAlone: boolean;
}

/** Names a file of the backup; null is the whole set. */
export type FileKey = string | null;

export interface Links {
  readonly of: (file: FileKey) => FileLink;
  /** Requests the link of one file. */
  readonly get: (file: FileKey, lifetime: number | null) => void;
  /** Requests the links of many files in order; stops at the first failure. */
  readonly getAll: (files: readonly string[], lifetime: number | null) => void;
  /** Whether links of many files are being requested. */
  readonly isGettingAll: boolean;
}

/** Concurrent requests; each costs the service one upstream call. */
const AT_ONCE = 6;

const NONE: FileLink = { link: null, state: { kind: 'rest' }, isAlone: false };

/** The links of one backup: requested on demand, kept in memory until it is closed. */
export function useLinks(backupId: string): Links {
  const { ask } = useSession();
  const [known, setKnown] = useState<ReadonlyMap<FileKey, FileLink>>(new Map());
  const [isGettingAll, setGettingAll] = useState(false);
  const leaving = useRef<AbortController>(null);
  useEffect(
    () => () => {
      leaving.current?.abort();
      leaving.current = null;
    },
    [],
  );

  const set = (file: FileKey, change: Partial<FileLink>): void =>
    setKnown((before) => new Map(before).set(file, { ...(before.get(file) ?? NONE), ...change }));

  /** Resolves to whether the service answered; rejects when the backup is closed. */
  const request = async (
    file: FileKey,
    lifetime: number | null,
    isAlone: boolean,
  ): Promise<boolean> => {
    const variables: LinkQueryVariables = { id: backupId, fileName: file, expiresIn: lifetime };
    const renew = (signal: AbortSignal) => requestLink(ask, variables, signal);
    leaving.current ??= new AbortController();
    set(file, { state: { kind: 'asking' } });
    const answer = await renew(leaving.current.signal);
    if (answer.kind === 'link') {
      set(file, { link: { ...answer.link, renew }, state: { kind: 'issued' }, isAlone });
    } else set(file, { state: answer });
    return answer.kind !== 'failed';
  };

  return {
    of: (file) => known.get(file) ?? NONE,
    get(file, lifetime) {
      request(file, lifetime, true).catch(ignoreAbort);
    },
    getAll(files, lifetime) {
      setGettingAll(true);
      inTurn(files, AT_ONCE, (file) => request(file, lifetime, false)).then(
        () => setGettingAll(false),
        ignoreAbort,
      );
    },
    isGettingAll,
  };
}

/** Acts on items in order, several at a time, until one results in false. */
export async function inTurn<Item>(
  items: readonly Item[],
  atOnce: number,
  act: (item: Item) => Promise<boolean>,
): Promise<void> {
  const left = items.values();
  let isOn = true;
  const work = async (): Promise<void> => {
    for (const item of left) {
      if (!isOn) return;
      isOn = (await act(item)) && isOn;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** Requests reject only when the backup is closed; then nothing shows them. */
function ignoreAbort(error: unknown): void {
  if (!(error instanceof DOMException) || error.name !== 'AbortError') throw error;
}
