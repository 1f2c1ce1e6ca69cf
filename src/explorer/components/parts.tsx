import { type ReactNode, useId, useState } from 'react';
import { safeText } from '../../domain/safe-text.js';
import type { Failure } from '../client/failure.js';
import { formatCountdown } from '../format.js';
import { useAnnounce } from '../hooks/announcer.js';
import { useSession } from '../hooks/session.js';
import { useNow } from '../hooks/timers.js';
import { useWords } from '../i18n/language-context.js';

/** Attributes that tie a control to its label, hint and error. */
export interface FieldProps {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
}

/** A control with its label above, its hint and error below. */
export function Field({
  label,
  hint = null,
  fault = null,
  children,
}: {
  readonly label: string;
  readonly hint?: string | null;
  readonly fault?: string | null;
  readonly children: (field: FieldProps) => ReactNode;
}) {
  const id = useId();
  const hintId = `${id}-hint`;
  const faultId = `${id}-fault`;
  const described = [fault && faultId, hint && hintId].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        ...(described && { 'aria-describedby': described }),
        ...(fault && { 'aria-invalid': true }),
      })}
      {fault && (
        <p id={faultId} className="fault" role="alert">
          {fault}
        </p>
      )}
      {hint && (
        <p id={hintId} className="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

/** Number of entries from which a list has a search field. */
export const SEARCH_FROM = 8;

/** A field that searches what is loaded, and how much it finds. */
export function SearchField({
  label,
  text,
  found,
  total,
  change,
}: {
  readonly label: string;
  readonly text: string;
  readonly found: number;
  readonly total: number;
  readonly change: (text: string) => void;
}) {
  const words = useWords();
  return (
    <div className="search">
      <Field label={label}>
        {(field) => (
          <input
            {...field}
            type="search"
            value={text}
            autoComplete="off"
            spellCheck={false}
            onChange={({ target }) => {
              change(target.value);
            }}
          />
        )}
      </Field>
      <p className="hint" role="status">
        {text !== '' && words.found(found, total)}
      </p>
    </div>
  );
}

/** Whether one of the texts contains what is searched for; case and outer spaces do not matter. */
export function matches(search: string, ...texts: readonly (string | null)[]): boolean {
  const wanted = search.trim().toLowerCase();
  return texts.some((text) => text?.toLowerCase().includes(wanted) === true);
}

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

const ROWS = [1, 2, 3];

/** Placeholder for a list that is loading. */
export function Skeleton() {
  const words = useWords();
  return (
    <div className="skeleton">
      <p className="visually-hidden">{words.loading}</p>
      {ROWS.map((row) => (
        <div key={row} aria-hidden="true" />
      ))}
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

/** Longer ids are shortened. */
const MAX_LENGTH = 16;

/** An id, shortened to fit a row; copying takes the whole id. */
export function ShortId({ id }: { readonly id: string }) {
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
      <code title={id}>{id.length <= MAX_LENGTH ? id : `${id.slice(0, 8)}…${id.slice(-4)}`}</code>
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
