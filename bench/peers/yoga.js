import { createServer } from 'node:http';
import { createYoga } from 'graphql-yoga';
import { contextsOf, createClient, schema } from './same-resolvers.js';

const { PORT, UPSTREAM, REUSE } = process.env;
const createContext = contextsOf(createClient(UPSTREAM), Number(REUSE));
const yoga = createYoga({ schema, context: createContext, logging: false, landingPage: false });
createServer(yoga).listen(Number(PORT), '127.0.0.1');
