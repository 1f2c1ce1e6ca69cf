import { useEffect, useEffectEvent, useId, useState } from 'react';
import { formatCountdown } from '../../format/countdown.js';
import { formatTime } from '../../format/time.js';
import { useAnnounce } from '../../hooks/announcer.js';
import type { HeldLink } from '../../hooks/use-link.js';
import { useNow } from '../../hooks/use-now.js';
import { useWords } from '../../i18n/language-context.js';
import { nameOfLink } from '../../link/link-name.js';
import { CopyButtons } from './copy-buttons.js';
import { DownloadButton } from './download-button.js';

type Network = 'public' | 'internal';

/** A link that is there: how long it works, and all that can be done with it. */
export function IssuedLink({
  link: { publicUrl, internalUrl, endsAt },
  fileName,
  getNew,
  isAsking,
}: {
  readonly link: HeldLink;
  /** Null where the link alone tells the name. */
  readonly fileName: string | null;
  readonly getNew: () => void;
  /** Whether a new one is on its way. */
  readonly isAsking: boolean;
}) {
  const words = useWords();
  const [network, setNetwork] = useState<Network>(publicUrl === null ? 'internal' : 'public');
  const url = network === 'public' ? publicUrl : internalUrl;
  const leftMs = useTimeLeft(endsAt);
  const isOver = leftMs !== null && leftMs <= 0;
  useNewsOfEnd(isOver);
  if (url === null) return null;
  const { host, fileName: linkFileName } = nameOfLink(url);
  const name = fileName ?? linkFileName;
  return (
    <>
      <p className={isOver ? 'life over' : 'life'}>
        {leftMs === null ? (
          words.expiryUnknown
        ) : isOver ? (
          <>
            <strong>{words.expired}</strong> {words.expiredHint}
          </>
        ) : (
          <>
            <strong className="countdown">{words.expiresIn(formatCountdown(leftMs / 1000))}</strong>{' '}
            <span className="quiet-text">
              {words.expiresAt(formatTime(new Date(endsAt ?? 0).toISOString(), words.locale))}
            </span>
          </>
        )}
      </p>
      <div className="address">
        <span className="quiet-text">{words.host}</span> <code>{host}</code>
        <code>{name}</code>
        {publicUrl !== null && internalUrl !== null && (
          <NetworkChoice network={network} choose={setNetwork} />
        )}
      </div>
      {network === 'internal' && (
        <p className="hint">
          {publicUrl === null && words.noPublic} {words.internalHint}
        </p>
      )}
      {/* Stays when the link ends or is replaced: a download that is running goes on. */}
      <DownloadButton key={network} url={url} fileName={name} isOver={isOver} />
      {!isOver && <CopyButtons key={url} url={url} fileName={name} />}
      <div className="issued-foot">
        <button
          type="button"
          className={isOver ? 'button primary' : 'button'}
          aria-disabled={isAsking}
          onClick={getNew}
        >
          {isAsking ? words.gettingLink : words.getNewLink}
        </button>
        {!isOver && <p className="hint">{words.linkSecret}</p>}
      </div>
    </>
  );
}

/** Milliseconds; null where the end is not known. */
function useTimeLeft(endsAt: number | null): number | null {
  const now = useNow(endsAt !== null);
  return endsAt === null ? null : endsAt - now;
}

function useNewsOfEnd(isOver: boolean): void {
  const words = useWords();
  const announce = useAnnounce();
  const tell = useEffectEvent(() => {
    announce(words.expired);
  });
  useEffect(() => {
    if (isOver) tell();
  }, [isOver]);
}

function NetworkChoice({
  network,
  choose,
}: {
  readonly network: Network;
  readonly choose: (network: Network) => void;
}) {
  const words = useWords();
  const name = useId();
  return (
    <fieldset className="segments">
      <legend className="visually-hidden">{words.network}</legend>
      {(['public', 'internal'] as const).map((option) => (
        <label key={option}>
          <input
            type="radio"
            name={name}
            checked={option === network}
            onChange={() => {
              choose(option);
            }}
          />
          <span>{words[option]}</span>
        </label>
      ))}
    </fieldset>
  );
}
