import type { IncomingMessage } from 'node:http';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import type { Gateway } from './gateway.js';

/** Headers for the subgraphs by name; undefined if the client has not sent them. */
type Context = Readonly<Record<string, string | undefined>>;

/** Forwards the headers in the context; by default the gateway forwards none. */
class CallersDataSource extends RemoteGraphQLDataSource<Context> {
  override willSendRequest({ request, context }: WillSend): void {
    for (const [name, value] of Object.entries(context)) {
      if (value !== undefined) request.http?.headers.set(name, value);
    }
  }
}

/**
 * Caller, address and trace. The address is that of the connection, since client headers can be
 * forged.
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
