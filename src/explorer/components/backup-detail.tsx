import { useState } from 'react';
import { engineFromTraits, type Engine } from '../../domain/engines.js';
import { safeText } from '../../domain/safe-text.js';
import { formatSize } from '../format.js';
import type { BackupRowFragment } from '../generated/operations.js';
import { useLinks } from '../hooks/use-links.js';
import { useWords } from '../i18n/language-context.js';
import {
  canChooseLifetime,
  type DownloadPlan,
  type Lifetime,
  LIFETIME_PRESETS,
  parseLifetime,
} from '../link/download-plan.js';
import type { ExplorerSettings } from '../settings.js';
import { FileList } from './file-list.js';
import { LinkOffer } from './link-offer.js';
import { Field } from './parts.js';

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
  const { id, sizeBytes, viewerCanDownload, unavailableFileCount } = backup;
  const links = useLinks(id);
  // If the engine is unknown, the files may reveal it.
  const linkEngine = engine ?? (plan.kind === 'files' ? engineOfFiles(backup) : null);
  const isChoosable =
    viewerCanDownload &&
    linkEngine !== null &&
    canChooseLifetime(linkEngine, settings.mySqlLinkExpiry);
  const [chosen, setChosen] = useState(FIRST_LIFETIME);

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
  const offer = {
    backupId: id,
    links,
    lifetime: isChoosable ? chosen : DEFAULT_LIFETIME,
    canDownload: viewerCanDownload,
    asksAtOnce,
  };
  return (
    <div className="detail">
      <div className="detail-head">
        <div>
          <h3>{isSet ? words.setTitle : words.filesTitle(plan.files.length)}</h3>
          <p className="quiet-text">
            {words.sentences(
              !isSet && words.filesIntro,
              !isChoosable && viewerCanDownload && words.lifetimeFixed,
              sizeBytes !== null && words.sizeInAll(formatSize(sizeBytes, words.locale)),
            )}
          </p>
        </div>
        {isChoosable && <LifetimeField change={setChosen} />}
      </div>
      {unavailableFileCount > 0 && (
        <p className="notice bad">{words.filesMissing(unavailableFileCount)}</p>
      )}
      {!viewerCanDownload && <p className="notice info">{words.readOnly}</p>}
      {isSet ? (
        <div className="file">
          <LinkOffer {...offer} file={null} title={safeText(backup.name ?? backup.backupId)} />
        </div>
      ) : (
        <FileList {...offer} files={plan.files} />
      )}
    </div>
  );
}

function engineOfFiles({ files, type, unit }: BackupRowFragment): Engine | null {
  return engineFromTraits({ files: files.map(({ name }) => name), type, unit });
}

const OTHER = 'other';
const DEFAULT = 'default';

/** Chooses the lifetime of links: one of a few presets, or seconds. */
function LifetimeField({ change }: { readonly change: (lifetime: Lifetime) => void }) {
  const words = useWords();
  const [choice, setChoice] = useState('3600');
  const [text, setText] = useState('');
  const choose = (nextChoice: string, nextText: string): void => {
    setChoice(nextChoice);
    setText(nextText);
    change(toLifetime(nextChoice, nextText));
  };
  return (
    <div className="lifetime">
      <Field label={words.lifetime}>
        {(field) => (
          <select
            {...field}
            value={choice}
            onChange={({ target }) => {
              choose(target.value, text);
            }}
          >
            {LIFETIME_PRESETS.map((seconds) => (
              <option key={seconds} value={seconds}>
                {words.lifetimes[seconds]}
              </option>
            ))}
            <option value={DEFAULT}>{words.lifetimeDefault}</option>
            <option value={OTHER}>{words.lifetimeOther}</option>
          </select>
        )}
      </Field>
      {choice === OTHER && (
        <Field
          label={words.lifetimeSeconds}
          hint={words.lifetimeInvalid}
          fault={text !== '' && parseLifetime(text) === null ? words.lifetimeInvalid : null}
        >
          {(field) => (
            <input
              {...field}
              inputMode="numeric"
              autoComplete="off"
              value={text}
              onChange={({ target }) => {
                choose(choice, target.value);
              }}
            />
          )}
        </Field>
      )}
    </div>
  );
}

function toLifetime(choice: string, text: string): Lifetime {
  if (choice === DEFAULT) return { isValid: true, seconds: null };
  const seconds = parseLifetime(choice === OTHER ? text : choice);
  return seconds === null ? { isValid: false } : { isValid: true, seconds };
}
