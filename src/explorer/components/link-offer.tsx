import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { safeText } from '../../domain/safe-text.js';
import { formatSize } from '../format.js';
import { useAnnounce } from '../hooks/announcer.js';
import type { Links } from '../hooks/use-links.js';
import { useWords } from '../i18n/language-context.js';
import { serviceAddress } from '../link/commands.js';
import type { BackupFile, Lifetime } from '../link/download-plan.js';
import { nameOfLink } from '../link/link-url.js';
import { Button } from './controls.js';
import { CopyControl } from './copy-control.js';
import { IssuedLink } from './issued-link.js';
import { FailureNotice, joined } from './parts.js';

/** What all links of a backup share. */
export interface OfferProps {
  readonly backupId: string;
  readonly links: Links;
  readonly lifetime: Lifetime;
  /** Whether the caller may request links. */
  readonly canDownload: boolean;
  /** Whether the backup has a single download. */
  readonly isOnly: boolean;
  /** Whether to request the only link at once. */
  readonly asksAtOnce: boolean;
}

/** Offers the link of one file or set. Requests it only on a press: a link is a credential. */
export function LinkOffer({
  backupId,
  links,
  lifetime,
  canDownload,
  isOnly,
  asksAtOnce,
  file,
  title: givenTitle,
}: OfferProps & {
  /** Null for a whole set. */
  readonly file: BackupFile | null;
  /** The name of a set's file, which its link shows, replaces it. */
  readonly title: string;
}) {
  const words = useWords();
  const announce = useAnnounce();
  const fileName = file?.name ?? null;
  const { link, state, isAlone } = links.of(fileName);
  const url = link && (link.publicUrl ?? link.internalUrl);
  const title = file === null && url !== null ? safeText(nameOfLink(url).fileName) : givenTitle;
  const service = serviceAddress(location.href);
  const [isShown, setIsShown] = useState(false);
  const panel = useRef<HTMLDivElement>(null);
  const greet = useEffectEvent(() => {
    if (!isAlone) return;
    announce(words.linkReady(title));
    panel.current?.focus();
  });
  useEffect(() => {
    if (link !== null) greet();
  }, [link]);

  const isAsking = state.kind === 'asking';
  const ask = (): void => {
    if (lifetime.isValid && !isAsking) links.get(fileName, lifetime.seconds);
  };
  const askAtOnce = useEffectEvent(ask);
  useEffect(() => {
    if (asksAtOnce) askAtOnce();
  }, [asksAtOnce]);
  const isMissing = file?.available === false;
  // With the links of all files, one press shows more than the name of each.
  const isOpen = isAlone || isShown;
  return (
    <>
      <div className="file-head row spread">
        <div className="file-name row">
          <strong>{title}</strong>
          {file && (
            <span className="quiet-text">
              {joined(
                words.databaseOf(safeText(file.databaseName)),
                file.type && words.types[file.type],
                file.sizeBytes !== null && formatSize(file.sizeBytes, words.locale),
              )}
            </span>
          )}
        </div>
        {isMissing && <span className="badge incomplete">{words.fileMissing}</span>}
        {link === null && canDownload && !isMissing && (
          <Button
            look="small soft"
            isOff={isAsking || !lifetime.isValid}
            aria-label={isAsking ? undefined : words.actionLabel(words.getLink, title)}
            onPress={ask}
          >
            {isAsking ? words.gettingLink : words.getLink}
          </Button>
        )}
        {link !== null && !isAlone && (
          <Button
            look="small"
            aria-expanded={isOpen}
            aria-label={words.actionLabel(words.showLink, title)}
            onPress={() => setIsShown(!isShown)}
          >
            {isOpen ? words.close : words.showLink}
          </Button>
        )}
      </div>
      {state.kind === 'failed' && <FailureNotice failure={state.failure} retry={ask} />}
      {state.kind === 'unavailable' && (
        <p className="notice" role="alert">
          {state.isBuilding ? words.nothing.BUILDING : words.notAvailable}
        </p>
      )}
      {link === null && canDownload && isOnly && !isAsking && (
        <CopyControl links={[]} all={{ backupId, service }} isPrimary={false} />
      )}
      {link !== null && isOpen && (
        <div
          ref={panel}
          className="issued"
          role="group"
          aria-label={words.linkOf(title)}
          tabIndex={-1}
        >
          <IssuedLink
            link={link}
            target={{ backupId, file: fileName, service }}
            getNew={ask}
            isAsking={isAsking}
          />
        </div>
      )}
    </>
  );
}
