import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../../hooks/announcer.js';
import { useWords } from '../../i18n/language-context.js';
import { curlCommand, wgetCommand } from '../../link/shell-commands.js';

const FORMS = ['url', 'curl', 'wget'] as const;
type Form = (typeof FORMS)[number];

/** Copies a link, or a command that downloads it. The clipboard is written on a press only. */
export function CopyButtons({
  url,
  fileName,
}: {
  readonly url: string;
  readonly fileName: string;
}) {
  const words = useWords();
  const announce = useAnnounce();
  const [copied, setCopied] = useState<Form | null>(null);
  const [byHand, setByHand] = useState<string | null>(null);
  const labels = { url: words.copyUrl, curl: words.copyCurl, wget: words.copyWget };

  const copy = async (form: Form): Promise<void> => {
    const text = textOf(form, url, fileName);
    const isCopied = await writeClipboard(text);
    setCopied(isCopied ? form : null);
    setByHand(isCopied ? null : text);
    announce(isCopied ? words.copiedWhat[form] : words.copyByHand);
  };

  return (
    <>
      <div className="buttons">
        {FORMS.map((form) => (
          <button
            key={form}
            type="button"
            className="button"
            onClick={() => {
              void copy(form);
            }}
          >
            {labels[form]}
            {copied === form && <span aria-hidden="true"> ✓</span>}
          </button>
        ))}
      </div>
      <p className="hint">{copied ? words.copiedWhat[copied] : words.commandsHint}</p>
      {byHand !== null && <ByHand text={byHand} />}
    </>
  );
}

/** For pages that are not served securely: browsers keep the clipboard from them. */
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

function textOf(form: Form, url: string, fileName: string): string {
  switch (form) {
    case 'url':
      return url;
    case 'curl':
      return curlCommand(url, fileName);
    case 'wget':
      return wgetCommand(url, fileName);
  }
}

async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
