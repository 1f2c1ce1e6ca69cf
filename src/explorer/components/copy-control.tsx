import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../hooks/announcer.js';
import { usePreference } from '../hooks/use-preference.js';
import { useWords } from '../i18n/language-context.js';
import {
  type CliTarget,
  COPY_FORMS,
  type CopyForm,
  firstFormOf,
  type NamedLink,
  textsOf,
} from '../link/commands.js';

/** Copies links, or commands that download them. Writes to the clipboard only on a press. */
export function CopyControl({
  links,
  all = null,
  isPrimary,
}: {
  /** Links to copy, one per line. */
  readonly links: readonly NamedLink[];
  /** The backup whose files `backups get` downloads with one command; null for a single link. */
  readonly all?: Omit<CliTarget, 'file'> | null;
  readonly isPrimary: boolean;
}) {
  const words = useWords();
  const announce = useAnnounce();
  const [chosen, choose] = usePreference<CopyForm>('copyForm', COPY_FORMS);
  const texts = textsOf(links, all, navigator);
  const wanted = chosen ?? firstFormOf(navigator);
  const [first = 'url'] = texts.keys();
  const form = texts.has(wanted) ? wanted : first;
  const text = texts.get(form) ?? '';
  const [outcome, setOutcome] = useState<{ text: string; isCopied: boolean } | null>(null);
  const current = outcome?.text === text ? outcome : null;

  const copy = async (): Promise<void> => {
    const isCopied = await writeClipboard(text);
    setOutcome({ text, isCopied });
    announce(isCopied ? words.copied : words.copyByHand);
  };

  return (
    <div className="copy">
      <div className="copy-control">
        <select
          aria-label={words.copyWhat}
          value={form}
          onChange={({ target: { value } }) => {
            choose(COPY_FORMS.find((one) => one === value) ?? form);
          }}
        >
          {[...texts.keys()].map((one) => (
            <option key={one} value={one}>
              {words.copyForms[one]}
            </option>
          ))}
        </select>
        <button
          type="button"
          className={isPrimary ? 'button primary' : 'button'}
          onClick={() => {
            void copy();
          }}
        >
          {current?.isCopied === true ? words.copiedShort : words.copy}
        </button>
      </div>
      {form !== 'url' && (
        <p className="hint">{form === 'backups' ? words.backupsHint : words.commandsHint}</p>
      )}
      {current?.isCopied === false && <ByHand text={text} />}
    </div>
  );
}

/** Text to copy by hand: browsers offer the clipboard only in secure contexts. */
function ByHand({ text }: { readonly text: string }) {
  const words = useWords();
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    area.current?.focus();
    area.current?.select();
  }, [text]);
  return (
    <label className="by-hand">
      {words.copyByHand}
      <textarea ref={area} readOnly rows={3} value={text} spellCheck={false} />
    </label>
  );
}

async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
