import { useEffect, useEffectEvent, useRef } from 'react';
import { safeText } from '../../../domain/safe-text.js';
import { formatSize } from '../../format/size.js';
import { useAnnounce } from '../../hooks/announcer.js';
import { useLink } from '../../hooks/use-link.js';
import { useWords } from '../../i18n/language-context.js';
import { serviceAddress } from '../../link/commands.js';
import type { BackupFile } from '../../link/download-plan.js';
import { FailureNotice } from '../parts/failure-notice.js';
import { IssuedLink } from './issued-link.js';
import type { Lifetime } from './lifetime-field.js';

/** Offers the link of one file or set. Requests it only on a press: a link is a credential. */
export function LinkOffer({
  backupId,
  file,
  title,
  lifetime,
  asksAtOnce,
}: {
  readonly backupId: string;
  /** Null for a whole set. */
  readonly file: BackupFile | null;
  readonly title: string;
  readonly lifetime: Lifetime;
  /** Whether to request the link at once. */
  readonly asksAtOnce: boolean;
}) {
  const words = useWords();
  const announce = useAnnounce();
  const { link: issued, state, get } = useLink();
  const panel = useRef<HTMLDivElement>(null);
  const greet = useEffectEvent(() => {
    announce(words.linkReady(title));
    panel.current?.focus();
  });
  useEffect(() => {
    if (issued !== null) greet();
  }, [issued]);

  const ask = (): void => {
    if (!lifetime.isValid || state.kind === 'asking') return;
    get({ id: backupId, fileName: file?.name ?? null, expiresIn: lifetime.seconds });
  };
  const askAtOnce = useEffectEvent(ask);
  useEffect(() => {
    if (asksAtOnce) askAtOnce();
  }, [asksAtOnce]);
  const isAsking = state.kind === 'asking';
  return (
    <>
      <div className="file-head">
        <div className="file-name">
          <strong>{title}</strong>
          {file && <FileFacts file={file} />}
        </div>
        {issued === null && (
          <button
            type="button"
            className="button soft"
            aria-disabled={isAsking || !lifetime.isValid}
            aria-label={isAsking ? undefined : words.getLinkLabel(title)}
            onClick={ask}
          >
            {isAsking ? words.gettingLink : words.getLink}
          </button>
        )}
      </div>
      {state.kind === 'failed' && <FailureNotice failure={state.failure} retry={ask} />}
      {state.kind === 'unavailable' && (
        <p className="notice" role="alert">
          {state.isBuilding ? words.nothing.BUILDING : words.notAvailable}
        </p>
      )}
      {issued !== null && (
        <div
          ref={panel}
          className="issued"
          role="group"
          aria-label={words.linkOf(title)}
          tabIndex={-1}
        >
          <IssuedLink
            link={issued}
            target={{ backupId, file: file?.name ?? null, service: serviceAddress(location.href) }}
            getNew={ask}
            isAsking={isAsking}
          />
        </div>
      )}
    </>
  );
}

function FileFacts({ file }: { readonly file: BackupFile }) {
  const words = useWords();
  return (
    <span className="quiet-text">
      {[
        `${words.database}: ${safeText(file.databaseName)}`,
        file.type && words.types[file.type],
        file.sizeBytes !== null && formatSize(file.sizeBytes, words.locale),
      ]
        .filter(Boolean)
        .join(' · ')}
    </span>
  );
}
