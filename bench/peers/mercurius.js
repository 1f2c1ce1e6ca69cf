import Fastify from 'fastify';
import mercurius from 'mercurius';
import { contextsOf, createClient, schema } from './same-resolvers.js';

const { PORT, UPSTREAM, REUSE } = process.env;
const createContext = contextsOf(createClient(UPSTREAM), Number(REUSE));
const app = Fastify();
// Without compiled plans, which are not graphql-js; see the README.
await app.register(mercurius, { schema, context: createContext });
await app.listen({ host: '127.0.0.1', port: Number(PORT) });
