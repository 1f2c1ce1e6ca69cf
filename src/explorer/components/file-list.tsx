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
import { Button, matches, SearchField } from './controls.js';
import { CopyControl } from './copy-control.js';
import { LinkOffer, type OfferProps } from './link-offer.js';

/** Files shown at first, and added by each press of “Show more”. */
const BATCH = 50;

type FilesProps = OfferProps & { readonly files: readonly BackupFile[] };

/** The files of a backup, each with its own link. */
export function FileList({ files, ...offer }: FilesProps) {
  const words = useWords();
  const [text, setText] = useState('');
  const [limit, setLimit] = useState(BATCH);
  const found = files.filter(({ name }) => matches(text, name));
  const available = files.filter((file) => file.available);
  return (
    <>
      {available.length > 1 && offer.canDownload && <AllFiles {...offer} files={available} />}
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
      <ul className="files">
        {found.slice(0, limit).map((file) => (
          <li key={file.name} className="file">
            <LinkOffer {...offer} file={file} title={safeText(file.name)} />
          </li>
        ))}
      </ul>
      {found.length > limit && (
        <Button onPress={() => setLimit(limit + BATCH)}>
          {words.moreFiles(Math.min(BATCH, found.length - limit))}
        </Button>
      )}
    </>
  );
}

/** Acts on all files at once: downloads them, gets their links, or copies one command. */
function AllFiles({ backupId, files, links, lifetime }: FilesProps) {
  const words = useWords();
  const announce = useAnnounce();
  const { state: downloads, start } = useDownloadAll(backupId);
  const names = files.map(({ name }) => name);
  const issued = names.flatMap((name) => links.of(name).link ?? []);
  const now = useNow(issued.length > 0);
  const ends = issued.flatMap(({ endsAt }) => endsAt ?? []);
  const leftMs = ends.length === 0 ? null : Math.min(...ends) - now;
  const isWhole = issued.length === files.length && !(leftMs !== null && leftMs <= 0);
  const announceReady = useEffectEvent(() => announce(words.allLinksReady(files.length)));
  useEffect(() => {
    if (isWhole) announceReady();
  }, [isWhole]);

  const service = serviceAddress(location.href);
  const named = names.flatMap((file): NamedLink[] => {
    const { publicUrl = null, internalUrl = null } = links.of(file).link ?? {};
    const url = publicUrl ?? internalUrl;
    return url === null ? [] : [{ url, file, fileName: file, backupId, service }];
  });
  /** Does something with the chosen lifetime, if that is valid. */
  const withLifetime = (act: (files: readonly string[], lifetime: number | null) => void) => () =>
    lifetime.isValid && act(names, lifetime.seconds);
  return (
    <div className="all-files row">
      <div className="buttons">
        {canSaveFiles() && (
          <Button
            look="primary"
            isOff={!lifetime.isValid || downloads?.isRunning === true}
            onPress={withLifetime(start)}
          >
            {downloads?.isRunning === true
              ? words.downloadingAll(downloads.done, files.length)
              : words.downloadAll}
          </Button>
        )}
        {!isWhole && (
          <Button
            isOff={!lifetime.isValid || links.isGettingAll}
            onPress={withLifetime(links.getAll)}
          >
            {links.isGettingAll
              ? words.allLinksProgress(issued.length, files.length)
              : words.getAllLinks}
          </Button>
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
      {downloads !== null && downloads.failed.length > 0 && (
        <p className="notice bad" role="alert">
          {words.notDownloaded(downloads.failed.map(safeText))}
        </p>
      )}
    </div>
  );
}
