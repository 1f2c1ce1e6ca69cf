import { readFileSync, writeFileSync } from 'node:fs';
import { buildASTSchema, Kind, parse, printSchema } from 'graphql';

/** node client-schema.js <schema.graphql> <output without federation> */
const [, , subgraph, client] = process.argv;
const { kind, definitions } = parse(readFileSync(subgraph, 'utf8'));
const own = definitions.filter((node) => node.kind !== Kind.DIRECTIVE_DEFINITION);
// Where they are used, these directives are now unknown; printing leaves them out.
const schema = buildASTSchema({ kind, definitions: own }, { assumeValidSDL: true });
writeFileSync(client, printSchema(schema));
