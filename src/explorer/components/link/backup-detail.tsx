import { useState } from 'react';
import { engineFromTraits, type Engine } from '../../../domain/engines.js';
import { safeText } from '../../../domain/safe-text.js';
import { formatExactBytes } from '../../format/size.js';
import type { BackupRowFragment } from '../../generated/operations.js';
import { useWords } from '../../i18n/language-context.js';
import type { DownloadPlan } from '../../link/download-plan.js';
import { canChooseLifetime } from '../../link/lifetimes.js';
import type { ExplorerSettings } from '../../settings.js';
import { FileList } from './file-list.js';
import { type Lifetime, LifetimeField } from './lifetime-field.js';
import { LinkOffer } from './link-offer.js';

/** An hour: long enough to start a download, short if the link leaks. */
const FIRST_LIFETIME: Lifetime = { isValid: true, seconds: 3600 };
const DEFAULT_LIFETIME: Lifetime = { isValid: true, seconds: null };

/** The downloads of a backup: its files, the whole set, or why there are none. */
export function BackupDetail({
  backup,
  plan,
  engine,
  asksAtOnce,
  refresh,
  settings,
}: {
  readonly backup: BackupRowFragment;
  readonly plan: DownloadPlan;
  readonly engine: Engine | null;
  /** Whether to request the only link at once. */
  readonly asksAtOnce: boolean;
  readonly refresh: () => void;
  readonly settings: ExplorerSettings;
}) {
  const words = useWords();
  const { sizeBytes } = backup;
  // If the engine is unknown, the files may reveal it.
  const linkEngine = engine ?? (plan.kind === 'files' ? engineOfFiles(backup) : null);
  const isChoosable =
    linkEngine !== null && canChooseLifetime(linkEngine, settings.mySqlLinkExpiry);
  const [lifetime, setLifetime] = useState(FIRST_LIFETIME);
  const requested = isChoosable ? lifetime : DEFAULT_LIFETIME;

  if (plan.kind === 'nothing') {
    return (
      <div className="detail">
        <p className="notice">{words.nothing[plan.why]}</p>
        {(plan.why === 'BUILDING' || plan.why === 'EMPTY') && (
          <button type="button" className="button" onClick={refresh}>
            {words.refresh}
          </button>
        )}
      </div>
    );
  }
  const isSet = plan.kind === 'set';
  const offer = { backupId: backup.id, lifetime: requested };
  return (
    <div className="detail">
      <div className="detail-head">
        <div>
          <h3>{isSet ? words.setTitle : words.filesTitle(plan.files.length)}</h3>
          <p className="quiet-text">
            {!isSet && words.filesIntro} {!isChoosable && words.lifetimeFixed}{' '}
            {sizeBytes !== null && words.sizeInAll(formatExactBytes(sizeBytes, words.locale))}
          </p>
        </div>
        {isChoosable && <LifetimeField change={setLifetime} />}
      </div>
      {isSet ? (
        <div className="file">
          <LinkOffer
            {...offer}
            file={null}
            title={safeText(backup.name ?? backup.backupId)}
            asksAtOnce={asksAtOnce}
          />
        </div>
      ) : (
        <FileList {...offer} files={plan.files} asksAtOnce={asksAtOnce} />
      )}
    </div>
  );
}

function engineOfFiles({ files, type, unit }: BackupRowFragment): Engine | null {
  return engineFromTraits({ files: files.map(({ name }) => name), type, unit });
}
