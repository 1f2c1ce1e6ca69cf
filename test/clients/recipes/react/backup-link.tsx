import { type ReactNode, useEffect, useState } from 'react';
import type { BackupLinkQuery, BackupLinkQueryVariables } from '../../../generated/operations.js';
import { adviceFor } from '../advice.js';
import type { Answer } from '../answer.js';
import { type DownloadLink, isStale, titleOf } from '../link.js';

export interface BackupLinkProps {
  readonly variables: BackupLinkQueryVariables;
  /** Queries the service with the page's client. @throws if there is no response */
  readonly fetchLink: (variables: BackupLinkQueryVariables) => Promise<Answer<BackupLinkQuery>>;
}

type State =
  | { readonly is: 'idle' | 'loading' }
  | { readonly is: 'failed'; readonly sentence: string }
  | { readonly is: 'issued'; readonly link: DownloadLink };

/**
 * Fetches a link on a click, counts down to its expiry, then offers a new one. Set its `key` to the
 * backup and the file, so that it never shows the link of another.
 */
export function BackupLink({ variables, fetchLink }: BackupLinkProps): ReactNode {
  const [state, setState] = useState<State>({ is: 'idle' });
  const now = useNow(state.is === 'issued');

  const issue = async (): Promise<void> => {
    setState({ is: 'loading' });
    setState(await toState(fetchLink(variables)));
  };

  if (state.is === 'issued' && isOffered(state.link, now)) {
    const { publicURL, expiresAt } = state.link;
    // Use a link with unknown expiry only once.
    const onClick = expiresAt === null ? () => setState({ is: 'idle' }) : undefined;
    return (
      <>
        <a
          href={publicURL!}
          download
          rel="noreferrer"
          referrerPolicy="no-referrer"
          {...{ onClick }}
        >
          Download {titleOf(state.link)}
        </a>
        {expiresAt !== null && <span role="timer">{timeLeft(expiresAt, now)}</span>}
      </>
    );
  }
  return (
    <>
      <button disabled={state.is === 'loading'} onClick={() => void issue()}>
        {state.is === 'issued' ? 'Get a new link' : 'Get a link'}
      </button>
      {state.is === 'failed' && <p role="alert">{state.sentence}</p>}
    </>
  );
}

async function toState(answer: ReturnType<BackupLinkProps['fetchLink']>): Promise<State> {
  try {
    const { data, failures } = await answer;
    const link = data?.backup?.downloadURL;
    if (link?.publicURL) return { is: 'issued', link };
    if (link) return { is: 'failed', sentence: 'There is no public link yet. Try again later.' };
    const [failure] = failures;
    return {
      is: 'failed',
      sentence: failure ? adviceFor(failure)[0] : 'The backup no longer exists.',
    };
  } catch {
    return { is: 'failed', sentence: 'The service cannot be reached.' };
  }
}

function isOffered(link: DownloadLink, now: number): boolean {
  return link.expiresAt === null || !isStale(link, now);
}

function timeLeft(expiresAt: string, now: number): string {
  const seconds = Math.max(0, Math.floor((Date.parse(expiresAt) - now) / 1000));
  const minutes = String(Math.floor(seconds / 60) % 60).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${minutes}:${String(seconds % 60).padStart(2, '0')}`;
}

/** The time in milliseconds, updated every second while `running`. */
function useNow(running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) return undefined;
    const tick = (): void => setNow(Date.now());
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}
