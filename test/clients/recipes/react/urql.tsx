import { type ReactNode, useState } from 'react';
import { type CombinedError, useClient, useQuery } from 'urql';
import {
  BackupLinkDocument,
  type BackupLinkQueryVariables,
  BackupListDocument,
  type BackupListQueryVariables,
} from '../../../generated/operations.js';
import { adviceFor } from '../advice.js';
import { ask } from '../urql.js';
import { BackupLink } from './backup-link.js';
import { BackupRows } from './backup-rows.js';

export function UrqlBackupLink(variables: BackupLinkQueryVariables): ReactNode {
  const client = useClient();
  return (
    <BackupLink variables={variables} fetchLink={(of) => ask(client, BackupLinkDocument, of)} />
  );
}

/** One query per page: a refresh starts over with the first, and pages never overlap. */
export function UrqlBackupList(variables: BackupListQueryVariables): ReactNode {
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  return cursors.map((after, i) => (
    <UrqlBackupPage
      key={after}
      variables={{ ...variables, after }}
      onMore={i < cursors.length - 1 ? null : (next) => setCursors([...cursors, next])}
      onRefresh={after === null ? () => setCursors([null]) : null}
    />
  ));
}

interface PageProps {
  readonly variables: BackupListQueryVariables;
  /** Null if another page follows. */
  readonly onMore: ((after: string | null) => void) | null;
  /** Null except on the first page. */
  readonly onRefresh: (() => void) | null;
}

function UrqlBackupPage({ variables, onMore, onRefresh }: PageProps): ReactNode {
  const [{ data, error, fetching, stale }, execute] = useQuery({
    query: BackupListDocument,
    variables,
  });
  const { edges = [], pageInfo } = data?.backups ?? {};
  const refresh = (): void => {
    onRefresh?.();
    execute({ requestPolicy: 'network-only' });
  };
  return (
    <BackupRows
      edges={edges}
      isLoading={fetching || stale}
      failure={error ? sentenceOf(error) : null}
      onMore={onMore && pageInfo?.hasNextPage ? () => onMore(pageInfo.endCursor) : null}
      onRefresh={onRefresh && refresh}
      action={({ id }) => <UrqlBackupLink key={id} id={id} />}
    />
  );
}

function sentenceOf({ graphQLErrors: [failure] }: CombinedError): string {
  return failure ? adviceFor(failure)[0] : 'The service cannot be reached.';
}
