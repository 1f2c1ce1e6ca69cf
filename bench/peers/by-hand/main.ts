import 'reflect-metadata';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createLoaders, type Loaders } from './loaders.js';
import { createSchema } from './schema.js';
import { createCall } from './upstream.js';

/** A one-day implementation: Apollo Server standalone with its defaults. */
const call = createCall(process.env['UPSTREAM'] ?? '');
const server = new ApolloServer<Loaders>({ schema: await createSchema() });
await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: Number(process.env['PORT']) },
  context: () => Promise.resolve(createLoaders(call)),
});
