import type { IncomingMessage } from 'node:http';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import type { Gateway } from './gateway.js';

/** Headers for the subgraphs, by name; undefined where the client has not sent it. */
type Context = Readonly<Record<string, string | undefined>>;

/** Hands on what the context holds; left to itself the gateway passes nothing. */
class CallersDataSource extends RemoteGraphQLDataSource<Context> {
  override willSendRequest({ request, context }: WillSend): void {
    for (const [name, value] of Object.entries(context)) {
      if (value !== undefined) request.http?.headers.set(name, value);
    }
  }
}

/**
 * Who asks, from which address and in which trace. The address is that of the connection: a header of the
 * client could name any.
 */
function contextOf({ headers, socket }: IncomingMessage): Context {
  const one = (name: string): string | undefined => headers[name]?.toString();
  return {
    authorization: one('authorization'),
    'x-request-id': one('x-request-id'),
    traceparent: one('traceparent'),
    tracestate: one('tracestate'),
    'x-forwarded-for': socket.remoteAddress,
  };
}

type WillSend = Parameters<NonNullable<RemoteGraphQLDataSource<Context>['willSendRequest']>>[0];

/** Starts @apollo/gateway in this process, on a free port. */
export async function startApolloGateway(supergraph: string): Promise<Gateway> {
  const gateway = new ApolloGateway({
    supergraphSdl: supergraph,
    buildService: ({ url = '' }) => new CallersDataSource({ url }),
  });
  const server = new ApolloServer<Context>({ gateway });
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: '127.0.0.1' },
    context: ({ req }) => Promise.resolve(contextOf(req)),
  });
  return { url, close: () => server.stop() };
}
