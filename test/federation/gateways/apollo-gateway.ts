import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import type { Gateway } from './gateway.js';

interface Context {
  readonly authorization: string | undefined;
}

/** Passes the Authorization header of the caller on; left to itself the gateway passes none. */
class CallersDataSource extends RemoteGraphQLDataSource<Context> {
  override willSendRequest({ request, context }: WillSend): void {
    const { authorization } = context;
    if (authorization !== undefined) request.http?.headers.set('authorization', authorization);
  }
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
    context: ({ req }) => Promise.resolve({ authorization: req.headers.authorization }),
  });
  return { url, close: () => server.stop() };
}
