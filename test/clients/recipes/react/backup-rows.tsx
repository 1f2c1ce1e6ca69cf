import type { ReactNode } from 'react';

interface Backup {
  readonly id: string;
  readonly name?: string | null | undefined;
  readonly status?: string | null | undefined;
  readonly startedAt?: string | null | undefined;
}

export interface BackupRowsProps {
  readonly edges: readonly { readonly node: Backup }[];
  readonly isLoading: boolean;
  /** The sentence to show if the list or the next page could not be loaded. */
  readonly failure: string | null;
  /** Null on the last page. */
  readonly onMore: (() => void) | null;
  readonly onRefresh: (() => void) | null;
  /** Renders beside a backup, for example the button for its link. */
  readonly action: (backup: Backup) => ReactNode;
}

/** A list of backups, for any client. */
export function BackupRows(props: BackupRowsProps): ReactNode {
  const { edges, isLoading, failure, onMore, onRefresh, action } = props;
  return (
    <>
      <ul aria-busy={isLoading}>
        {edges.map(({ node }) => (
          <li key={node.id}>
            {node.name} {node.startedAt} {node.status} {action(node)}
          </li>
        ))}
      </ul>
      {failure !== null && <p role="alert">{failure}</p>}
      {onRefresh && (
        <button disabled={isLoading} onClick={onRefresh}>
          Refresh
        </button>
      )}
      {onMore && (
        <button disabled={isLoading} onClick={onMore}>
          More
        </button>
      )}
    </>
  );
}
