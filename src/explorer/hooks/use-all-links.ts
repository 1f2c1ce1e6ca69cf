import { useEffect, useRef, useState } from 'react';
import { type Failure, pageFailure } from '../client/failure.js';
import type { LinkQueryVariables } from '../generated/operations.js';
import { requestLink } from '../link/request-link.js';
import { useSession } from './session.js';

/** The public link of a file, or its internal one if there is no public link. */
export interface FileLink {
  readonly file: string;
  readonly url: string;
  readonly endsAt: number | null;
}

/** Concurrent link requests; each costs the service one upstream call. */
const AT_ONCE = 4;

/** Requests the links of many files in order; stops at the first failure. */
export function useAllLinks(): {
  /** The links received so far. */
  readonly links: readonly FileLink[];
  readonly isAsking: boolean;
  readonly failure: Failure | null;
  readonly get: (files: readonly (LinkQueryVariables & { readonly fileName: string })[]) => void;
} {
  const { ask } = useSession();
  const [links, setLinks] = useState<readonly FileLink[]>([]);
  const [isAsking, setIsAsking] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const running = useRef<AbortController>(null);
  useEffect(
    () => () => {
      running.current?.abort();
    },
    [],
  );
  return {
    links,
    isAsking,
    failure,
    get(files) {
      const controller = new AbortController();
      running.current = controller;
      const { signal } = controller;
      const found: FileLink[] = [];
      let next = 0;
      let fault: Failure | null = null;
      const work = async (): Promise<void> => {
        for (let index = next++; index < files.length && fault === null; index = next++) {
          const variables = files[index];
          if (variables === undefined) return;
          const answer = await requestLink(ask, variables, signal);
          const link = answer.kind === 'link' ? answer.link : null;
          const url = link?.publicUrl ?? link?.internalUrl ?? null;
          if (link === null || url === null)
            fault ??= answer.kind === 'failed' ? answer.failure : pageFailure('NO_LINK');
          else found[index] = { file: variables.fileName, url, endsAt: link.endsAt };
          setLinks(found.filter(Boolean));
        }
      };
      setLinks([]);
      setFailure(null);
      setIsAsking(true);
      Promise.all(Array.from({ length: AT_ONCE }, work)).then(
        () => {
          setIsAsking(false);
          setFailure(fault);
        },
        (error: unknown) => {
          if (!signal.aborted) throw error;
        },
      );
    },
  };
}
