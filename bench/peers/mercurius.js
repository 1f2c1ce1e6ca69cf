import Fastify from 'fastify';
import mercurius from 'mercurius';
import { contextsOf, createClient, schema } from './same-resolvers.js';

const { PORT, UPSTREAM, REUSE } = process.env;
const createContext = contextsOf(createClient(UPSTREAM), Number(REUSE));
const app = Fastify();
await app.register(mercurius, { schema, context: createContext, jit: 1 });
await app.listen({ host: '127.0.0.1', port: Number(PORT) });
