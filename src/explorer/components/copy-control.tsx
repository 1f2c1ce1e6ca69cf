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
import { Button } from './controls.js';

/** Copies links, or commands that download them. Writes to the clipboard only on a press. */
export function CopyControl({
  links,
  all = null,
  isPrimary,
}: {
  /** Links to copy, one per line. */
  readonly links: readonly NamedLink[];
  /** The backup that `backups get` downloads with one command; null for a single link. */
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
  const isCopied = outcome?.text === text ? outcome.isCopied : null;

  const copy = async (): Promise<void> => {
    let isCopied = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      isCopied = false;
    }
    setOutcome({ text, isCopied });
    announce(isCopied ? words.copied : words.copyByHand);
  };

  return (
    <div className="copy">
      <div className="copy-control">
        <select
          aria-label={words.copyWhat}
          value={form}
          onChange={({ target }) => choose(target.value as CopyForm)}
        >
          {[...texts.keys()].map((one) => (
            <option key={one} value={one}>
              {words.copyForms[one]}
            </option>
          ))}
        </select>
        <Button look={isPrimary ? 'primary' : ''} onPress={() => void copy()}>
          {isCopied === true ? words.copiedShort : words.copy}
        </Button>
      </div>
      {form !== 'url' && (
        <p className="hint">{form === 'backups' ? words.backupsHint : words.commandsHint}</p>
      )}
      {isCopied === false && <ByHand text={text} />}
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
