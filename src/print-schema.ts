import { printSdl } from './graphql/print-schema.js';
import { createSchema } from './graphql/schema.js';

process.stdout.write(printSdl(createSchema()));
