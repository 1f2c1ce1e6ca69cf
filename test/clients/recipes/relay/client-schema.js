import { readFileSync, writeFileSync } from 'node:fs';
import { buildSchema, printSchema } from 'graphql';

/** node client-schema.js <schema.graphql> <output without federation> */
const [, , subgraph, client] = process.argv;
const schema = buildSchema(readFileSync(subgraph, 'utf8'), { assumeValidSDL: true });
writeFileSync(client, printSchema(schema));
