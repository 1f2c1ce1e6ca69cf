import type { IncomingHttpHeaders } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { type Key, ticketTypeDefs } from './type-defs.js';

/** A request to restore a backup. */
export interface RestoreRequest {
  readonly id: string;
  readonly reason: string;
  /** `<regionId>/<instanceId>/<backupId>`. */
  readonly backupId: string;
}

export interface TicketSubgraph {
  readonly url: string;
  readonly typeDefs: string;
  /** Headers of the requests that arrived, oldest first. */
  readonly received: readonly IncomingHttpHeaders[];
  close(): Promise<void>;
}

export interface TicketSubgraphOptions {
  /** The key of `Backup` this subgraph refers by. */
  readonly key: Key;
  /** The initial data. */
  readonly requests: readonly RestoreRequest[];
  /** 0 selects a free port. */
  readonly port: number;
}

/** Starts the ticket system; its data is lost when it closes. */
export async function startTicketSubgraph(options: TicketSubgraphOptions): Promise<TicketSubgraph> {
  const { key, port } = options;
  const typeDefs = ticketTypeDefs(key);
  const received: IncomingHttpHeaders[] = [];
  const server = new ApolloServer({
    schema: buildSubgraphSchema([
      { typeDefs: parse(typeDefs), resolvers: resolversOf([...options.requests], key) },
    ]),
    plugins: [ApolloServerPluginInlineTraceDisabled()],
  });
  const { url } = await startStandaloneServer(server, {
    listen: { port, host: '127.0.0.1' },
    context: ({ req }) => {
      received.push(req.headers);
      return Promise.resolve({});
    },
  });
  return { url, typeDefs, received, close: () => server.stop() };
}

/** Estimated restore throughput. */
const BYTES_PER_MINUTE = 3 * 1024 ** 3;

interface Required {
  readonly sizeBytes: number | null;
  readonly startedAt: string | null;
}

type Reference = Readonly<Record<string, string>>;

function resolversOf(requests: RestoreRequest[], key: Key) {
  return {
    Query: {
      restoreRequest: (_: unknown, { id }: { id: string }) => findRequest(requests, id),
      restoreRequests: () => requests,
      node: (_: unknown, { id }: { id: string }) => findRequest(requests, id),
    },
    Node: { __resolveType: () => 'RestoreRequest' },
    Mutation: {
      requestRestore: (_: unknown, request: Omit<RestoreRequest, 'id'>) => {
        const stored = { ...request, id: `r-${requests.length + 1}` };
        requests.push(stored);
        return stored;
      },
    },
    RestoreRequest: {
      __resolveReference: ({ id }: Reference) => findRequest(requests, id),
      backup: ({ backupId }: RestoreRequest) => referTo(backupId, key),
    },
    Backup: {
      restoreRequests: (backup: Reference) =>
        requests.filter(({ backupId }) => backupId === idOf(backup)),
      // The router adds the fields of `@requires` to the reference.
      restoreNote: ({ sizeBytes, startedAt }: Required) =>
        sizeBytes == null
          ? 'size unknown'
          : `${Math.ceil(sizeBytes / BYTES_PER_MINUTE)} min, to the state of ${startedAt}`,
    },
  };
}

function findRequest(requests: readonly RestoreRequest[], id: string | undefined) {
  return requests.find((request) => request.id === id) ?? null;
}

function referTo(id: string, key: Key): Reference {
  if (key === 'id') return { id };
  const [regionId = '', instanceId = '', backupId = ''] = id.split('/');
  return { regionId, instanceId, backupId };
}

function idOf({ id, regionId, instanceId, backupId }: Reference): string {
  return id ?? [regionId, instanceId, backupId].join('/');
}
