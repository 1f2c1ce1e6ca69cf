import { useEffect, useEffectEvent } from 'react';
import { formatCountdown } from '../../format/countdown.js';
import { useAnnounce } from '../../hooks/announcer.js';
import { useAllLinks } from '../../hooks/use-all-links.js';
import { useNow } from '../../hooks/use-now.js';
import { useWords } from '../../i18n/language-context.js';
import { serviceAddress } from '../../link/commands.js';
import type { BackupFile } from '../../link/download-plan.js';
import { FailureNotice } from '../parts/failure-notice.js';
import { CopyControl } from './copy-control.js';
import type { Lifetime } from './lifetime-field.js';

/** Gets the links of all files at once, to copy them or their commands together. */
export function AllLinks({
  backupId,
  files,
  lifetime,
}: {
  readonly backupId: string;
  readonly files: readonly BackupFile[];
  readonly lifetime: Lifetime;
}) {
  const words = useWords();
  const announce = useAnnounce();
  const { links, isAsking, failure, get } = useAllLinks();
  const isWhole = links.length === files.length;
  const now = useNow(isWhole);
  const announceReady = useEffectEvent(() => {
    announce(words.allLinksReady(links.length));
  });
  useEffect(() => {
    if (isWhole) announceReady();
  }, [isWhole]);
  const ends = links.flatMap(({ endsAt }) => (endsAt === null ? [] : [endsAt]));
  const leftMs = ends.length === 0 ? null : Math.min(...ends) - now;
  const isOver = leftMs !== null && leftMs <= 0;
  const ask = (): void => {
    if (lifetime.isValid && !isAsking)
      get(files.map(({ name }) => ({ id: backupId, fileName: name, expiresIn: lifetime.seconds })));
  };
  const service = serviceAddress(location.href);
  return (
    <div className="all-links">
      {isWhole && !isOver ? (
        <>
          <p>
            <strong>{words.allLinksReady(links.length)}</strong>{' '}
            {leftMs !== null && words.expiresIn(formatCountdown(leftMs / 1000))}
          </p>
          <CopyControl
            links={links.map(({ url, file }) => ({ url, file, fileName: file, backupId, service }))}
            isPrimary
          />
        </>
      ) : (
        <button
          type="button"
          className="button"
          aria-disabled={isAsking || !lifetime.isValid}
          onClick={ask}
        >
          {isAsking ? words.allLinksProgress(links.length, files.length) : words.getAllLinks}
        </button>
      )}
      {failure !== null && <FailureNotice failure={failure} retry={ask} />}
    </div>
  );
}
