import { formatSize } from '../../format/size.js';
import { type DownloadState, useDownload } from '../../hooks/use-download.js';
import { useWords } from '../../i18n/language-context.js';

/** Downloads a link in the page, with progress; or leaves it to the browser. */
export function DownloadButton({
  url,
  fileName,
  isOver,
}: {
  readonly url: string;
  readonly fileName: string;
  /** Whether the link has ended: no new download begins then. */
  readonly isOver: boolean;
}) {
  const words = useWords();
  const { state, start, cancel } = useDownload(url, fileName);
  const isRunning = state.kind === 'running';
  return (
    <div className="download-area">
      <div className="buttons">
        {!isOver && !isRunning && (
          <>
            <button type="button" className="button primary" onClick={start}>
              {words.downloadHere}
            </button>
            {/* Of its own page: what goes wrong there leaves this one alone. */}
            <a
              className="button"
              href={url}
              target="_blank"
              rel="noopener noreferrer"
              referrerPolicy="no-referrer"
            >
              {words.downloadByBrowser}
            </a>
          </>
        )}
        {isRunning && (
          <button type="button" className="button" onClick={cancel}>
            {words.cancel}
          </button>
        )}
      </div>
      <DownloadNews state={state} />
    </div>
  );
}

function DownloadNews({ state }: { readonly state: DownloadState }) {
  const words = useWords();
  const size = (bytes: number): string => formatSize(bytes, words.locale);
  switch (state.kind) {
    case 'idle':
      return null;
    case 'running': {
      const { received, total } = state.progress;
      return (
        <div className="progress">
          <progress
            aria-label={words.downloading}
            max={total ?? undefined}
            value={total === null ? undefined : received}
          />
          <span>
            {total === null
              ? words.progressUnknown(size(received))
              : words.progress(size(received), size(total))}
          </span>
        </div>
      );
    }
    case 'cancelled':
      return <p role="status">{words.cancelled}</p>;
    case 'saved':
      return (
        <p role="status" className="good">
          {words.saved(state.fileName, size(state.bytes))}
        </p>
      );
    case 'failed':
      return (
        <p role="alert" className="notice bad">
          {words.saveFailures[state.why]}
        </p>
      );
  }
}
