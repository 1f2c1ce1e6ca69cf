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
  onlyDownloadOf,
  parseLifetime,
} from '../link/download-plan.js';
import { settings } from '../settings.js';
import { Button, SelectField, TextField } from './controls.js';
import { FileList } from './file-list.js';
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
}: {
  readonly backup: BackupRowFragment;
  readonly plan: DownloadPlan;
  readonly engine: Engine | null;
  /** Whether to request the only link at once. */
  readonly asksAtOnce: boolean;
  readonly refresh: () => void;
}) {
  const words = useWords();
  const { id, sizeBytes, viewerCanDownload, unavailableFileCount } = backup;
  const links = useLinks(id);
  const { files, type, unit } = backup;
  // If the engine is unknown, the files may reveal it.
  const traits = { files: files.map(({ name }) => name), type, unit };
  const linkEngine = engine ?? (plan.kind === 'files' ? engineFromTraits(traits) : null);
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
          <Button onPress={refresh}>{words.refresh}</Button>
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
    isOnly: onlyDownloadOf(plan) !== undefined,
    asksAtOnce,
  };
  return (
    <div className="detail">
      <div className="detail-head row spread">
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
    <div className="lifetime row">
      <SelectField
        label={words.lifetime}
        value={choice}
        options={[
          ...LIFETIME_PRESETS.map(
            (seconds) => [String(seconds), words.lifetimes[seconds]] as const,
          ),
          [DEFAULT, words.lifetimeDefault],
          [OTHER, words.lifetimeOther],
        ]}
        change={(value) => choose(value, text)}
      />
      {choice === OTHER && (
        <TextField
          label={words.lifetimeSeconds}
          hint={words.lifetimeInvalid}
          fault={text !== '' && parseLifetime(text) === null ? words.lifetimeInvalid : null}
          inputMode="numeric"
          value={text}
          change={(value) => choose(choice, value)}
        />
      )}
    </div>
  );
}

function toLifetime(choice: string, text: string): Lifetime {
  if (choice === DEFAULT) return { isValid: true, seconds: null };
  const seconds = parseLifetime(choice === OTHER ? text : choice);
  return seconds === null ? { isValid: false } : { isValid: true, seconds };
}
