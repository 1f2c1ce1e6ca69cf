import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../../hooks/announcer.js';
import { useWords } from '../../i18n/language-context.js';
import {
  COPY_FORMS,
  type CopyForm,
  firstFormOf,
  type NamedLink,
  textOf,
} from '../../link/commands.js';

/** Copies links, or commands that download them. Writes to the clipboard only on a press. */
export function CopyControl({
  links,
  isPrimary,
}: {
  /** Links to copy, one per line. */
  readonly links: readonly NamedLink[];
  readonly isPrimary: boolean;
}) {
  const words = useWords();
  const announce = useAnnounce();
  const [chosen, setForm] = useState<CopyForm>(() => firstFormOf(navigator));
  const texts = new Map(
    COPY_FORMS.flatMap((one) => {
      const lines = links.map((link) => textOf(one, link, navigator));
      return lines.includes(null) ? [] : [[one, lines.join('\n')]];
    }),
  );
  const form = texts.has(chosen) ? chosen : 'url';
  const [isCopied, setIsCopied] = useState(false);
  const [byHand, setByHand] = useState<string | null>(null);

  const copy = async (): Promise<void> => {
    const text = texts.get(form) ?? '';
    const succeeds = await writeClipboard(text);
    setIsCopied(succeeds);
    setByHand(succeeds ? null : text);
    announce(succeeds ? words.copied : words.copyByHand);
  };

  return (
    <div className="copy">
      <div className="copy-control">
        <select
          aria-label={words.copyWhat}
          value={form}
          onChange={({ target: { value } }) => {
            setForm(COPY_FORMS.find((one) => one === value) ?? form);
            setIsCopied(false);
            setByHand(null);
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
          {isCopied ? words.copiedShort : words.copy}
        </button>
      </div>
      {form !== 'url' && (
        <p className="hint">{form === 'backups' ? words.backupsHint : words.commandsHint}</p>
      )}
      {byHand !== null && <ByHand text={byHand} />}
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
