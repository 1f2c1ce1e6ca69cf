import { createContext, type ReactNode, useContext, useMemo, useRef, useState } from 'react';
import type { Answer, Ask } from '../client/graphql-client.js';
import type { TypedDocumentString } from '../generated/operations.js';

/** `needed`: the service requires a token. `refused`: it rejected the one it got. */
export type SessionState = 'open' | 'needed' | 'refused' | 'signedOut';

export interface Session {
  readonly state: SessionState;
  readonly hasToken: boolean;
  /** Sends an operation with the token of the signed-in person. */
  readonly ask: <Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    signal: AbortSignal,
  ) => Promise<Answer<Data>>;
  readonly signIn: (token: string) => void;
  readonly signOut: () => void;
}

const SessionContext = createContext<Session | null>(null);

/** Keeps the token in memory only. */
export function SessionProvider({
  ask,
  children,
}: {
  readonly ask: Ask;
  readonly children: ReactNode;
}) {
  const token = useRef<string | null>(null);
  const [state, setState] = useState<SessionState>('open');
  const session = useMemo<Session>(() => {
    const enter = (next: string | null, nextState: SessionState): void => {
      token.current = next;
      setState(nextState);
    };
    return {
      state,
      hasToken: token.current !== null,
      async ask(document, variables, signal) {
        const used = token.current;
        const answer = await ask(document, variables, { token: used, signal });
        // The answer to an earlier token says nothing about the current one.
        const isRefused = answer.failures.some(({ code }) => code === 'UNAUTHENTICATED');
        if (isRefused && used === token.current) enter(null, used === null ? 'needed' : 'refused');
        return answer;
      },
      signIn(next) {
        enter(next, 'open');
      },
      signOut() {
        enter(null, 'signedOut');
      },
    };
  }, [ask, state]);
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('useSession must be used inside SessionProvider.');
  return session;
}
