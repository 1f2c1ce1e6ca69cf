import { printSdl, createSchema } from '../graphql/schema.js';

process.stdout.write(printSdl(createSchema()));
