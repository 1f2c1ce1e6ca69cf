import { useEffect, useEffectEvent, useState } from 'react';
import { safeText } from '../../domain/safe-text.js';
import { canSaveFiles } from '../downloads/save-target.js';
import { formatCountdown } from '../format.js';
import { useAnnounce } from '../hooks/announcer.js';
import { useNow } from '../hooks/timers.js';
import { useDownloadAll } from '../hooks/use-download-all.js';
import { useWords } from '../i18n/language-context.js';
import { type NamedLink, serviceAddress } from '../link/commands.js';
import type { BackupFile } from '../link/download-plan.js';
import { CopyControl } from './copy-control.js';
import { LinkOffer, type OfferProps } from './link-offer.js';
import { matches, SEARCH_FROM, SearchField } from './parts.js';

/** Files shown at first, and added by each press of “Show more”. */
const BATCH = 50;

/** The files of a backup, each with its own link. */
export function FileList({
  files,
  ...offer
}: OfferProps & { readonly files: readonly BackupFile[] }) {
  const words = useWords();
  const [text, setText] = useState('');
  const [limit, setLimit] = useState(BATCH);
  const found = files.filter(({ name }) => matches(text, name));
  const available = files.filter((file) => file.available);
  return (
    <>
      {available.length > 1 && offer.canDownload && <AllFiles {...offer} files={available} />}
      {files.length >= SEARCH_FROM && (
        <SearchField
          label={words.searchFiles}
          text={text}
          found={found.length}
          total={files.length}
          change={(next) => {
            setText(next);
            setLimit(BATCH);
          }}
        />
      )}
      <ul className="files">
        {found.slice(0, limit).map((file) => (
          <li key={file.name} className="file">
            <LinkOffer {...offer} file={file} title={safeText(file.name)} />
          </li>
        ))}
      </ul>
      {found.length > limit && (
        <button
          type="button"
          className="button"
          onClick={() => {
            setLimit(limit + BATCH);
          }}
        >
          {words.moreFiles(Math.min(BATCH, found.length - limit))}
        </button>
      )}
    </>
  );
}

/** Acts on all files at once: downloads them, gets their links, or copies one command. */
function AllFiles({
  backupId,
  files,
  links,
  lifetime,
}: OfferProps & { readonly files: readonly BackupFile[] }) {
  const words = useWords();
  const announce = useAnnounce();
  const downloads = useDownloadAll(backupId);
  const names = files.map(({ name }) => name);
  const issued = names.flatMap((name) => links.of(name).link ?? []);
  const now = useNow(issued.length > 0);
  const ends = issued.flatMap(({ endsAt }) => endsAt ?? []);
  const leftMs = ends.length === 0 ? null : Math.min(...ends) - now;
  const isWhole = issued.length === files.length && !(leftMs !== null && leftMs <= 0);
  const announceReady = useEffectEvent(() => {
    announce(words.allLinksReady(files.length));
  });
  useEffect(() => {
    if (isWhole) announceReady();
  }, [isWhole]);

  const service = serviceAddress(location.href);
  const named = names.flatMap((file): NamedLink[] => {
    const { publicUrl = null, internalUrl = null } = links.of(file).link ?? {};
    const url = publicUrl ?? internalUrl;
    return url === null ? [] : [{ url, file, fileName: file, backupId, service }];
  });
  const canStart = lifetime.isValid && downloads.state?.isRunning !== true;
  return (
    <div className="all-files">
      <div className="buttons">
        {canSaveFiles() && (
          <button
            type="button"
            className="button primary"
            aria-disabled={!canStart}
            onClick={() => {
              if (canStart) downloads.start(names, lifetime.seconds);
            }}
          >
            {downloads.state?.isRunning === true
              ? words.downloadingAll(downloads.state.done, files.length)
              : words.downloadAll}
          </button>
        )}
        {!isWhole && (
          <button
            type="button"
            className="button"
            aria-disabled={links.isGettingAll || !lifetime.isValid}
            onClick={() => {
              if (lifetime.isValid && !links.isGettingAll) links.getAll(names, lifetime.seconds);
            }}
          >
            {links.isGettingAll
              ? words.allLinksProgress(issued.length, files.length)
              : words.getAllLinks}
          </button>
        )}
      </div>
      <CopyControl
        links={isWhole ? named : []}
        all={{ backupId, service }}
        isPrimary={!canSaveFiles()}
      />
      {isWhole && (
        <p>
          <strong>{words.allLinksReady(files.length)}</strong>
          {leftMs !== null && <span>{words.expiresIn(formatCountdown(leftMs / 1000))}</span>}
        </p>
      )}
      {downloads.state !== null && downloads.state.failed.length > 0 && (
        <p className="notice bad" role="alert">
          {words.notDownloaded(downloads.state.failed.map(safeText))}
        </p>
      )}
    </div>
  );
}
