import { type ReactNode, useState } from 'react';
import { graphql, useLazyLoadQuery, usePaginationFragment } from 'react-relay';
import type { backupList_page$key } from '../../generated/relay/backupList_page.graphql.js';
import type { backupListPageQuery } from '../../generated/relay/backupListPageQuery.graphql.js';
import type { backupListQuery } from '../../generated/relay/backupListQuery.graphql.js';
import { BackupRows, type BackupRowsProps } from '../react/backup-rows.js';

export interface RelayBackupListProps {
  readonly variables: backupListQuery['variables'];
  readonly action: BackupRowsProps['action'];
}

export function RelayBackupList({ variables, action }: RelayBackupListProps): ReactNode {
  const query = useLazyLoadQuery<backupListQuery>(
    graphql`
      query backupListQuery($regionId: ID!, $instanceId: ID!, $first: Int) {
        ...backupList_page @arguments(regionId: $regionId, instanceId: $instanceId, first: $first)
      }
    `,
    variables,
  );
  return <Pages query={query} first={variables.first ?? 20} action={action} />;
}

interface PagesProps {
  readonly query: backupList_page$key;
  readonly first: number;
  readonly action: BackupRowsProps['action'];
}

function Pages({ query, first, action }: PagesProps): ReactNode {
  const { data, hasNext, isLoadingNext, loadNext, refetch } = usePaginationFragment<
    backupListPageQuery,
    backupList_page$key
  >(
    graphql`
      fragment backupList_page on Query
      @refetchable(queryName: "backupListPageQuery")
      @argumentDefinitions(
        regionId: { type: "ID!" }
        instanceId: { type: "ID!" }
        first: { type: "Int" }
        after: { type: "String" }
      ) {
        backups(regionId: $regionId, instanceId: $instanceId, first: $first, after: $after)
          @connection(key: "backupList_backups") {
          edges {
            node {
              id
              name
              status
              startedAt
            }
          }
        }
      }
    `,
    query,
  );
  const [missed, setMissed] = useState<Error | null>(null);
  return (
    <BackupRows
      edges={data.backups?.edges ?? []}
      isLoading={isLoadingNext}
      failure={missed && missed.message}
      onMore={hasNext ? () => loadNext(first, { onComplete: setMissed }) : null}
      onRefresh={() => refetch({}, { fetchPolicy: 'network-only' })}
      action={action}
    />
  );
}
