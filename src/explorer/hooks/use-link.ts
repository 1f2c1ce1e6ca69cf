import { useEffect, useRef, useState } from 'react';
import type { LinkQueryVariables } from '../generated/operations.js';
import { type LinkAnswer, type RenewableLink, requestLink } from '../link/request-link.js';
import { useSession } from './session.js';

export type LinkState =
  { readonly kind: 'rest' } | { readonly kind: 'asking' } | Exclude<LinkAnswer, { kind: 'link' }>;

/** Requests a link on demand. The latest request wins; a link stays until the next one arrives. */
export function useLink(): {
  readonly link: RenewableLink | null;
  readonly state: LinkState;
  readonly get: (variables: LinkQueryVariables) => void;
} {
  const { ask } = useSession();
  const [state, setState] = useState<LinkState>({ kind: 'rest' });
  const [link, setLink] = useState<RenewableLink | null>(null);
  const running = useRef<AbortController>(null);
  useEffect(
    () => () => {
      running.current?.abort();
    },
    [],
  );
  const get = (variables: LinkQueryVariables): void => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    setState({ kind: 'asking' });
    const request = (signal: AbortSignal) => requestLink(ask, variables, signal);
    request(controller.signal).then(
      (answer) => {
        if (controller.signal.aborted) return;
        if (answer.kind === 'link') setLink({ ...answer.link, renew: request });
        setState(answer.kind === 'link' ? { kind: 'rest' } : answer);
      },
      (error: unknown) => {
        if (!controller.signal.aborted) throw error;
      },
    );
  };
  return { link, state, get };
}
