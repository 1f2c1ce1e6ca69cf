import { useState } from 'react';
import { useAnnounce } from '../../hooks/announcer.js';
import { useWords } from '../../i18n/language-context.js';

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
