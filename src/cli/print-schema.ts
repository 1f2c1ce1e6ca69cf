import { printSdl } from '../graphql/schema.js';

process.stdout.write(printSdl());
