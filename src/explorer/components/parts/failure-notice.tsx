import { useState } from 'react';
import { safeText } from '../../../domain/safe-text.js';
import type { Failure } from '../../client/failure.js';
import { formatCountdown } from '../../format/countdown.js';
import { useSession } from '../../hooks/session.js';
import { useNow } from '../../hooks/use-now.js';
import { useWords } from '../../i18n/language-context.js';

/** Explains a failure, says what to do, and offers to try again. */
export function FailureNotice({
  failure,
  retry,
}: {
  readonly failure: Failure;
  readonly retry?: () => void;
}) {
  const words = useWords();
  const { hasToken } = useSession();
  const { detail, requestId } = failure;
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
      {retry && (
        <RetryButton key={failure.retryAfter} wait={failure.retryAfter ?? 0} retry={retry} />
      )}
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
  const isWaiting = left > 0;
  return (
    <button
      type="button"
      className="button"
      aria-disabled={isWaiting}
      onClick={() => {
        if (!isWaiting) retry();
      }}
    >
      {isWaiting ? words.tryAgainIn(formatCountdown(left)) : words.tryAgain}
    </button>
  );
}
