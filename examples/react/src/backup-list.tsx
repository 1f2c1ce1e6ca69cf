import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { explain } from './client';
import { DownloadLink } from './download-link';
import { BackupsDocument, type BackupRowFragment } from './generated/operations';

/** The backups of an instance, newest first, page after page. */
export function BackupList(variables: { readonly regionId: string; readonly instanceId: string }) {
  const { data, error, loading, fetchMore, refetch } = useQuery(BackupsDocument, {
    variables,
    // Keeps what the service could answer beside its errors.
    errorPolicy: 'all',
    notifyOnNetworkStatusChange: true,
  });
  // `error` is about the list as shown, this one about the next page.
  const [missed, setMissed] = useState<unknown>(null);
  const { edges = [], pageInfo } = data?.backups ?? {};
  const failure = error ?? missed;
  const act = (request: Promise<unknown>): void => {
    request.then(() => setMissed(null), setMissed);
  };
  return (
    <>
      <button disabled={loading} onClick={() => act(refetch())}>
        Refresh
      </button>
      {failure != null && <p role="alert">{explain(failure)}</p>}
      <ul aria-busy={loading}>
        {edges.map(({ node }) => (
          <li key={node.id}>
            <Backup backup={node} />
          </li>
        ))}
      </ul>
      {pageInfo?.hasNextPage && (
        <button
          disabled={loading}
          onClick={() => act(fetchMore({ variables: { after: pageInfo.endCursor } }))}
        >
          More
        </button>
      )}
    </>
  );
}

/** One backup: SQL Server has one link for each file, the MySQL family one for the whole backup. */
function Backup({ backup }: { readonly backup: BackupRowFragment }) {
  const { id, backupId, name, status, startedAt, files, viewerCanDownload } = backup;
  const title = name ?? backupId;
  const [fileName, setFileName] = useState<string | null>(null);
  const isFileByFile = files.length > 0;
  const isReady = status === 'COMPLETED' || status === 'RETAINED';
  return (
    <>
      <strong>{title}</strong> {status} {startedAt && new Date(startedAt).toLocaleString()}{' '}
      {isReady && viewerCanDownload && isFileByFile && (
        <select
          aria-label={`File of ${title}`}
          value={fileName ?? ''}
          onChange={(event) => setFileName(event.target.value || null)}
        >
          <option value="">Choose a file…</option>
          {files.map((file) => (
            <option key={file.name} disabled={!file.available}>
              {file.name}
            </option>
          ))}
        </select>
      )}
      {isReady && viewerCanDownload && (!isFileByFile || fileName !== null) && (
        // The key: a link is never shown for another file.
        <DownloadLink key={fileName} id={id} fileName={fileName} title={fileName ?? title} />
      )}
    </>
  );
}
