import { canSaveFiles } from '../../downloads/save-target.js';
import { useTray } from '../../hooks/tray.js';
import {
  type DownloadSource,
  type StartState,
  useStartDownload,
} from '../../hooks/use-start-download.js';
import { useWords } from '../../i18n/language-context.js';
import type { CliTarget } from '../../link/commands.js';
import { downloadWayOf } from '../../link/download-way.js';
import { CopyControl } from './copy-control.js';

/** Download and copy actions of a link: only those that work in this browser, best first. */
export function LinkActions({
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
  const isPage = way === 'page' && state.kind !== 'encoded';
  return (
    <>
      {way === 'neither' && <p className="notice info">{words.mixed}</p>}
      <div className="link-actions">
        {isPage && (
          <button
            type="button"
            className="button primary"
            aria-disabled={state.kind === 'checking'}
            onClick={start}
          >
            {startWord(state, words)}
          </button>
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
      <StartNews state={state} />
    </>
  );
}

function startWord({ kind }: StartState, words: ReturnType<typeof useWords>): string {
  if (kind === 'checking') return words.checking;
  return kind === 'ready' ? words.chooseFile : words.downloadHere;
}

function StartNews({ state }: { readonly state: StartState }) {
  const words = useWords();
  const news = startNews(state, words);
  return (
    news !== null && (
      <p className="notice bad" role="alert">
        {news}
      </p>
    )
  );
}

function startNews(state: StartState, words: ReturnType<typeof useWords>): string | null {
  switch (state.kind) {
    case 'unreadable':
      return words.unreadableStore;
    case 'encoded':
      return words.encodedStore;
    case 'sameFile':
      return words.sameFile;
    case 'failed':
      return words.stopReasons[state.why];
    case 'rest':
    case 'checking':
    case 'ready':
    case 'started':
      return null;
  }
}
