import {
  useEffect,
  useEffectEvent,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { canSaveFiles } from '../downloads/save-target.js';
import { formatCountdown, formatExactBytes, formatSize, formatTime } from '../format.js';
import { useAnnounce } from '../hooks/announcer.js';
import { useNow } from '../hooks/timers.js';
import { useTray } from '../hooks/tray.js';
import {
  type DownloadSource,
  type StartState,
  useStartDownload,
} from '../hooks/use-start-download.js';
import type { Dictionary } from '../i18n/dictionary.js';
import { useWords } from '../i18n/language-context.js';
import type { CliTarget } from '../link/commands.js';
import { downloadWayOf, nameOfLink } from '../link/link-url.js';
import { createLinkSource, type Network, type RenewableLink, urlOf } from '../link/request-link.js';
import { Button } from './controls.js';
import { CopyControl } from './copy-control.js';
import { ShortId } from './parts.js';

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
  const announce = useAnnounce();
  const { publicUrl, internalUrl, endsAt } = link;
  const [network, setNetwork] = useState<Network>(publicUrl === null ? 'internal' : 'public');
  const links = useMemo(() => createLinkSource(link, network, Date.now), [link, network]);
  const [refused, setRefused] = useState<string | null>(null);
  const now = useNow(endsAt !== null);
  const leftMs = endsAt === null ? null : endsAt - now;
  const url = urlOf(link, network);
  const isRefused = url !== null && url === refused;
  const isOver = isRefused || (leftMs !== null && leftMs <= 0);
  const announceEnd = useEffectEvent(() => announce(isRefused ? words.refused : words.expired));
  useEffect(() => {
    if (isOver) announceEnd();
  }, [isOver]);
  const newLink = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    // A refusal removes the button that had the focus.
    if (isRefused) newLink.current?.focus();
  }, [isRefused]);
  if (url === null) return null;
  // A set has no file name, so take the one in the link.
  const { host, fileName: linkFileName } = nameOfLink(url);
  return (
    <>
      <div className="row">
        {isRefused ? (
          <p className="life over">
            <strong>{words.refused}</strong>
          </p>
        ) : (
          <Life leftMs={leftMs} endsAt={endsAt} />
        )}
        <span className="quiet-text host">
          {words.host}
          <code>{host}</code>
        </span>
        {publicUrl !== null && internalUrl !== null && (
          <NetworkChoice network={network} choose={setNetwork} />
        )}
      </div>
      <FileFacts sizeBytes={link.sizeBytes} sha256={link.sha256} />
      {network === 'internal' && (
        <p className="hint">
          {words.sentences(publicUrl === null && words.noPublic, words.internalHint)}
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
          onRefused={() => setRefused(url)}
        />
      )}
      <Button ref={newLink} look={isOver ? 'primary' : 'plain'} isOff={isAsking} onPress={getNew}>
        {isAsking ? words.gettingLink : words.getNewLink}
      </Button>
    </>
  );
}

function FileFacts({ sizeBytes, sha256 }: Pick<RenewableLink, 'sizeBytes' | 'sha256'>) {
  const { locale, bytes } = useWords();
  if (sizeBytes === null && sha256 === null) return null;
  const exact = sizeBytes === null ? null : formatExactBytes(sizeBytes, locale);
  return (
    <p className="row quiet-text">
      {sizeBytes !== null && (
        <span>
          {formatSize(sizeBytes, locale)}
          {exact !== null && ` (${bytes(exact)})`}
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
        <strong>{words.expired}</strong>
        <span>{words.expiredHint}</span>
      </p>
    );
  return (
    <p className="life">
      <strong className="countdown">{words.expiresIn(formatCountdown(leftMs / 1000))}</strong>
      <span className="quiet-text">
        {words.expiresAt(formatTime(new Date(endsAt).toISOString(), words.locale))}
      </span>
    </p>
  );
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
            onChange={() => choose(option)}
          />
          <span>{words[option]}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Download and copy actions of a link: only those that work in this browser, best first. */
function LinkActions({
  target,
  ...source
}: DownloadSource & {
  /** What `backups get` downloads. */
  readonly target: CliTarget;
}) {
  const words = useWords();
  const { unreadable } = useTray();
  const { state, start } = useStartDownload(source);
  const { url, fileName } = source;
  const { protocol } = location;
  const way = downloadWayOf(url, { protocol, canSaveFiles: canSaveFiles(), unreadable });
  const isPage = way === 'page' && state !== 'encoded';
  const problem = problemOf(state, words);
  return (
    <>
      {way === 'neither' && <p className="notice info">{words.mixed}</p>}
      <div className="link-actions row">
        {isPage && (
          <Button look="primary" isOff={state === 'checking'} onPress={start}>
            {state === 'checking'
              ? words.checking
              : state === 'ready'
                ? words.chooseFile
                : words.downloadHere}
          </Button>
        )}
        {way !== 'neither' && (
          // In a new tab, so an error page of the store does not replace this one.
          <a
            className={isPage ? 'quiet' : 'button primary'}
            href={url}
            target="_blank"
            rel="noopener noreferrer"
            referrerPolicy="no-referrer"
          >
            {isPage ? words.orByBrowser : words.downloadByBrowser}
          </a>
        )}
        <CopyControl links={[{ ...target, url, fileName }]} isPrimary={way === 'neither'} />
      </div>
      {problem !== null && (
        <p className="notice bad" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

function problemOf(state: StartState, words: Dictionary): string | null {
  if (state === 'rest' || state === 'checking' || state === 'ready' || state === 'started') {
    return null;
  }
  if (state === 'cors') return words.unreadableStore;
  if (state === 'encoded') return words.encodedStore;
  return state === 'sameFile' ? words.sameFile : words.stopReasons[state];
}
