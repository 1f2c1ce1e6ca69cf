import { useState } from 'react';
import { safeText } from '../../../domain/safe-text.js';
import { useWords } from '../../i18n/language-context.js';
import type { BackupFile } from '../../link/download-plan.js';
import { Field } from '../parts/field.js';
import { AllLinks } from './all-links.js';
import type { Lifetime } from './lifetime-field.js';
import { LinkOffer } from './link-offer.js';

/** Number of files from which the list has a search field. */
const SEARCH_FROM = 8;
/** Files shown at first, and added by each press of “Show more”. */
const BATCH = 50;

/** The files of a backup, each with its own link. */
export function FileList({
  backupId,
  files,
  lifetime,
  asksAtOnce,
}: {
  readonly backupId: string;
  readonly files: readonly BackupFile[];
  readonly lifetime: Lifetime;
  readonly asksAtOnce: boolean;
}) {
  const words = useWords();
  const [text, setText] = useState('');
  const [limit, setLimit] = useState(BATCH);
  const wanted = text.trim().toLowerCase();
  const found = files.filter(({ name }) => name.toLowerCase().includes(wanted));
  return (
    <>
      {files.length > 1 && <AllLinks backupId={backupId} files={files} lifetime={lifetime} />}
      {files.length >= SEARCH_FROM && (
        <div className="file-search">
          <Field label={words.searchFiles}>
            {(field) => (
              <input
                {...field}
                type="search"
                value={text}
                autoComplete="off"
                spellCheck={false}
                onChange={({ target }) => {
                  setText(target.value);
                  setLimit(BATCH);
                }}
              />
            )}
          </Field>
          <p className="hint" role="status">
            {words.filesFound(found.length, files.length)}
          </p>
        </div>
      )}
      <ul className="files">
        {found.slice(0, limit).map((file) => (
          <li key={file.name} className="file">
            <LinkOffer
              backupId={backupId}
              file={file}
              title={safeText(file.name)}
              lifetime={lifetime}
              asksAtOnce={asksAtOnce}
            />
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
