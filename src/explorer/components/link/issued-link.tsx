import { useEffect, useEffectEvent, useId, useMemo, useState } from 'react';
import { formatCountdown } from '../../format/countdown.js';
import { formatExactBytes, formatSize } from '../../format/size.js';
import { formatTime } from '../../format/time.js';
import { useAnnounce } from '../../hooks/announcer.js';
import { useNow } from '../../hooks/use-now.js';
import { useWords } from '../../i18n/language-context.js';
import type { CliTarget } from '../../link/commands.js';
import { nameOfLink } from '../../link/link-name.js';
import {
  createLinkSource,
  type Network,
  type RenewableLink,
  urlOf,
} from '../../link/request-link.js';
import { ShortId } from '../parts/short-id.js';
import { LinkActions } from './link-actions.js';

/** An issued link: its remaining lifetime and its actions. */
export function IssuedLink({
  link,
  target,
  getNew,
  isAsking,
}: {
  readonly link: RenewableLink;
  readonly target: CliTarget;
  readonly getNew: () => void;
  /** Whether a new link is being requested. */
  readonly isAsking: boolean;
}) {
  const words = useWords();
  const { publicUrl, internalUrl, endsAt } = link;
  const [network, setNetwork] = useState<Network>(publicUrl === null ? 'internal' : 'public');
  const links = useMemo(() => createLinkSource(link, network, Date.now), [link, network]);
  const now = useNow(endsAt !== null);
  const leftMs = endsAt === null ? null : endsAt - now;
  const isOver = leftMs !== null && leftMs <= 0;
  useNewsOfEnd(isOver);
  const url = urlOf(link, network);
  if (url === null) return null;
  // A set has no file name, so take the one in the link.
  const { host, fileName: linkFileName } = nameOfLink(url);
  return (
    <>
      <div className="life-line">
        <Life leftMs={leftMs} endsAt={endsAt} />
        <span className="quiet-text">
          {words.host} <code>{host}</code>
        </span>
        {publicUrl !== null && internalUrl !== null && (
          <NetworkChoice network={network} choose={setNetwork} />
        )}
      </div>
      <FileFacts sizeBytes={link.sizeBytes} sha256={link.sha256} />
      {network === 'internal' && (
        <p className="hint">
          {publicUrl === null && words.noPublic} {words.internalHint}
        </p>
      )}
      {!isOver && (
        <LinkActions
          key={url}
          url={url}
          links={links}
          fileName={target.file ?? linkFileName}
          target={target}
          sizeBytes={link.sizeBytes}
        />
      )}
      <button
        type="button"
        className={isOver ? 'button primary' : 'button plain'}
        aria-disabled={isAsking}
        onClick={getNew}
      >
        {isAsking ? words.gettingLink : words.getNewLink}
      </button>
    </>
  );
}

function FileFacts({ sizeBytes, sha256 }: Pick<RenewableLink, 'sizeBytes' | 'sha256'>) {
  const words = useWords();
  const { locale, bytes } = words;
  if (sizeBytes === null && sha256 === null) return null;
  return (
    <p className="life-line quiet-text">
      {sizeBytes !== null && (
        <span>
          {formatSize(sizeBytes, locale)} ({bytes(formatExactBytes(sizeBytes, locale))})
        </span>
      )}
      {sha256 !== null && (
        <span>
          SHA-256 <ShortId id={sha256} />
        </span>
      )}
    </p>
  );
}

function Life({
  leftMs,
  endsAt,
}: {
  /** Milliseconds; null if the expiry is unknown. */
  readonly leftMs: number | null;
  readonly endsAt: number | null;
}) {
  const words = useWords();
  if (leftMs === null || endsAt === null) return <p>{words.expiryUnknown}</p>;
  if (leftMs <= 0)
    return (
      <p className="life over">
        <strong>{words.expired}</strong> {words.expiredHint}
      </p>
    );
  return (
    <p className="life">
      <strong className="countdown">{words.expiresIn(formatCountdown(leftMs / 1000))}</strong>{' '}
      <span className="quiet-text">
        {words.expiresAt(formatTime(new Date(endsAt).toISOString(), words.locale))}
      </span>
    </p>
  );
}

function useNewsOfEnd(isOver: boolean): void {
  const words = useWords();
  const announce = useAnnounce();
  const announceExpiry = useEffectEvent(() => {
    announce(words.expired);
  });
  useEffect(() => {
    if (isOver) announceExpiry();
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
    <fieldset className="segments small">
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
