import { createServer } from 'node:http';
import { useGraphQlJit } from '@envelop/graphql-jit';
import { createYoga } from 'graphql-yoga';
import { contextsOf, createClient, schema } from './same-resolvers.js';

const { PORT, UPSTREAM, REUSE } = process.env;
const createContext = contextsOf(createClient(UPSTREAM), Number(REUSE));
/** Yoga caches parsed and validated documents by default; the plugin compiles them. */
const yoga = createYoga({
  schema,
  context: createContext,
  plugins: [useGraphQlJit()],
  logging: false,
  graphiql: false,
  landingPage: false,
});
createServer(yoga).listen(Number(PORT), '127.0.0.1');
