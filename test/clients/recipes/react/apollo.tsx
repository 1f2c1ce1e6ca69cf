import { CombinedGraphQLErrors } from '@apollo/client';
import { useApolloClient, useQuery } from '@apollo/client/react';
import { type ReactNode, useState } from 'react';
import {
  BackupLinkDocument,
  type BackupLinkQueryVariables,
  BackupListDocument,
  type BackupListQueryVariables,
} from '../../../generated/operations.js';
import { adviceFor } from '../advice.js';
import { ask } from '../apollo-client.js';
import { BackupLink } from './backup-link.js';
import { BackupRows } from './backup-rows.js';

export function ApolloBackupLink(variables: BackupLinkQueryVariables): ReactNode {
  const client = useApolloClient();
  return (
    <BackupLink variables={variables} fetchLink={(of) => ask(client, BackupLinkDocument, of)} />
  );
}

export function ApolloBackupList(variables: BackupListQueryVariables): ReactNode {
  const { data, error, loading, fetchMore, refetch } = useQuery(BackupListDocument, {
    variables,
    errorPolicy: 'all',
    notifyOnNetworkStatusChange: true,
  });
  // `error` belongs to the list as shown; this one to the next page.
  const [missed, setMissed] = useState<Error>();
  const { edges = [], pageInfo } = data?.backups ?? {};
  const more = (): Promise<void> =>
    fetchMore({ variables: { after: pageInfo?.endCursor } }).then(
      () => setMissed(undefined),
      setMissed,
    );
  const refresh = async (): Promise<void> => {
    setMissed(undefined);
    await refetch();
  };
  const failed = error ?? missed;
  return (
    <BackupRows
      edges={edges}
      isLoading={loading}
      failure={failed ? sentenceOf(failed) : null}
      onMore={pageInfo?.hasNextPage ? () => void more() : null}
      onRefresh={() => void refresh()}
      action={({ id }) => <ApolloBackupLink key={id} id={id} />}
    />
  );
}

function sentenceOf(error: Error): string {
  const [failure] = CombinedGraphQLErrors.is(error) ? error.errors : [];
  return failure ? adviceFor(failure)[0] : 'The service cannot be reached.';
}
