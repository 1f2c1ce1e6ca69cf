import { useState } from 'react';
import { safeText } from '../../domain/safe-text.js';
import type { Failure } from '../client/failure.js';
import { formatCountdown } from '../format.js';
import { useAnnounce } from '../hooks/announcer.js';
import { useSession } from '../hooks/session.js';
import { useNow } from '../hooks/timers.js';
import { useWords } from '../i18n/language-context.js';
import { Button } from './controls.js';

/** Explains a failure, says what to do, and offers to try again. */
export function FailureNotice({
  failure,
  retry,
}: {
  readonly failure: Failure;
  readonly retry: () => void;
}) {
  const words = useWords();
  const { hasToken } = useSession();
  const { detail, requestId, retryAfter } = failure;
  // Without a token, FORBIDDEN means that the service takes the request for one of another machine.
  const code = failure.code === 'FORBIDDEN' && !hasToken ? 'NOT_LOCAL' : failure.code;
  return (
    <div className="notice bad" role="alert">
      <p>{words.errors[code]}</p>
      {requestId !== null && (
        <p>
          {words.requestId}: <code>{requestId}</code>
        </p>
      )}
      <RetryButton key={retryAfter} wait={retryAfter ?? 0} retry={retry} />
      {detail !== '' && (
        <details>
          <summary>{words.details}</summary>
          {/* The service's own message, always in English. */}
          <p lang="en">{safeText(detail)}</p>
        </details>
      )}
    </div>
  );
}

function RetryButton({ wait, retry }: { readonly wait: number; readonly retry: () => void }) {
  const words = useWords();
  const [until] = useState(() => Date.now() + wait * 1000);
  const left = Math.ceil((until - useNow(wait > 0)) / 1000);
  return (
    <Button isOff={left > 0} onPress={retry}>
      {left > 0 ? words.tryAgainIn(formatCountdown(left)) : words.tryAgain}
    </Button>
  );
}

/** Placeholder for a list that is loading. */
export function Skeleton() {
  return (
    <div className="skeleton">
      <p className="visually-hidden">{useWords().loading}</p>
      <div aria-hidden="true" />
      <div aria-hidden="true" />
      <div aria-hidden="true" />
    </div>
  );
}

/** Placeholder for an empty list, with advice. */
export function Empty({ title, hint }: { readonly title: string; readonly hint: string }) {
  return (
    <div className="card empty">
      <p>
        <strong>{title}</strong>
      </p>
      <p className="quiet-text">{hint}</p>
    </div>
  );
}

/** Parts that are known, in one line. */
export function joined(...parts: readonly (string | false | null | undefined)[]): string {
  return parts.filter(Boolean).join(' · ');
}

/** Longer ids are shortened. */
const MAX_LENGTH = 16;

/** An id, shortened to fit a row, or only its button; copying takes the whole id. */
export function ShortId({
  id,
  isShown = true,
}: {
  readonly id: string;
  readonly isShown?: boolean;
}) {
  const words = useWords();
  const announce = useAnnounce();
  const [isCopied, setIsCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard.writeText(id).then(() => {
      setIsCopied(true);
      announce(words.copied);
    });
  };
  return (
    <span className="short-id">
      {isShown && (
        <code title={id}>{id.length <= MAX_LENGTH ? id : `${id.slice(0, 8)}…${id.slice(-4)}`}</code>
      )}
      {/* Browsers offer the clipboard only in secure contexts. */}
      {isSecureContext && (
        <button type="button" aria-label={words.copyId(id)} title={words.copyId(id)} onClick={copy}>
          {isCopied ? (
            '✓'
          ) : (
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M5.5 5.5h8v8h-8zM3 10.5v-8h8" />
            </svg>
          )}
        </button>
      )}
    </span>
  );
}
