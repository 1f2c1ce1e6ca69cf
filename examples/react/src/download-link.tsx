import { useApolloClient } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { explain } from './client';
import { type LinkFragment, LinkDocument, type LinkQueryVariables } from './generated/operations';

/** Time a link must have left to be offered: the download has to start before it expires. */
const MARGIN_MS = 30_000;

/**
 * Gets a link when it is asked to, counts down to its end, then offers a new one. It renews no link
 * by itself: each is a credential, and is recorded. A download in progress outlives its link.
 */
export function DownloadLink({
  title,
  ...variables
}: LinkQueryVariables & { readonly title: string }) {
  const { link, failure, isAsking, ask } = useLink(variables);
  const msLeft = useMsLeft(link?.expiresAt ?? null);
  const isOffered = link?.publicURL != null && (msLeft === null || msLeft > MARGIN_MS);
  return (
    <>
      {isOffered && (
        <a href={link.publicURL ?? undefined} rel="noreferrer" referrerPolicy="no-referrer">
          Download {title}
        </a>
      )}{' '}
      {isOffered && msLeft !== null && <span role="timer">{formatTime(msLeft)}</span>}
      {!isOffered && (
        <button disabled={isAsking} onClick={ask}>
          {link === null ? `Get link: ${title}` : `Get a new link: ${title}`}
        </button>
      )}
      {link !== null && link.publicURL == null && <p role="alert">No link yet. Try again later.</p>}
      {failure !== null && <p role="alert">{failure}</p>}
    </>
  );
}

/** Keeps the link in this component alone. */
function useLink(variables: LinkQueryVariables) {
  const client = useApolloClient();
  const [link, setLink] = useState<LinkFragment | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [isAsking, setIsAsking] = useState(false);
  const ask = (): void => {
    setIsAsking(true);
    client
      // `no-cache`: a cached link would be handed out after its end.
      .query({ query: LinkDocument, variables, fetchPolicy: 'no-cache' })
      .then(
        ({ data }) => {
          setLink(data?.backup?.downloadURL ?? null);
          setFailure(data?.backup ? null : 'The backup does not exist.');
        },
        (error: unknown) => setFailure(explain(error)),
      )
      .finally(() => setIsAsking(false));
  };
  return { link, failure, isAsking, ask };
}

/** Milliseconds until then, every second; null if the end is unknown. */
function useMsLeft(expiresAt: string | null): number | null {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (expiresAt === null) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [expiresAt]);
  return expiresAt === null ? null : Date.parse(expiresAt) - now;
}

function formatTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const pad = (part: number): string => String(part).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}
