import { useEffect, useRef, useState } from 'react';
import { type Failure, pageFailure } from '../client/failure.js';
import { LinkDocument, type LinkQuery, type LinkQueryVariables } from '../generated/operations.js';
import { useSession } from './session.js';

/** A link as it was handed out. Lives in the state of one component, and nowhere else. */
export interface HeldLink {
  readonly publicUrl: string | null;
  readonly internalUrl: string | null;
  /** Milliseconds by the clock here; null where nothing tells. */
  readonly endsAt: number | null;
}

export type LinkState =
  | { readonly kind: 'rest' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'unavailable'; readonly isBuilding: boolean };

/** Asks for a link on demand; only the last demand counts. A link stays until the next one is there. */
export function useLink(): {
  readonly link: HeldLink | null;
  readonly state: LinkState;
  readonly get: (variables: LinkQueryVariables) => void;
} {
  const { ask } = useSession();
  const [state, setState] = useState<LinkState>({ kind: 'rest' });
  const [link, setLink] = useState<HeldLink | null>(null);
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
    ask(LinkDocument, variables, controller.signal).then(
      ({ data, failures, clockOffset }) => {
        if (controller.signal.aborted) return;
        const given = data?.backup?.downloadURL;
        if (given?.available) setLink(toHeldLink(given, clockOffset));
        setState(toState(data, failures));
      },
      (error: unknown) => {
        if (!controller.signal.aborted) throw error;
      },
    );
  };
  return { link, state, get };
}

type GivenLink = NonNullable<NonNullable<LinkQuery['backup']>['downloadURL']>;

function toHeldLink(
  { publicURL: publicUrl, internalURL: internalUrl, expiresAt }: GivenLink,
  clockOffset: number,
): HeldLink {
  const endsAt = expiresAt === null ? null : Date.parse(expiresAt) - clockOffset;
  return { publicUrl, internalUrl, endsAt };
}

function toState(data: LinkQuery | null, [failure]: readonly Failure[]): LinkState {
  const link = data?.backup?.downloadURL;
  if (link == null) return { kind: 'failed', failure: failure ?? goneOrOdd(data) };
  if (link.available) return { kind: 'rest' };
  return { kind: 'unavailable', isBuilding: data?.backup?.status === 'BUILDING' };
}

function goneOrOdd(data: LinkQuery | null): Failure {
  if (data?.backup !== null) return pageFailure('NO_ANSWER');
  return { code: 'BACKUP_NOT_FOUND', detail: '', requestId: null, retryAfter: null };
}
