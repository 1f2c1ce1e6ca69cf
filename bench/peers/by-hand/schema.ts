import { buildSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { parse } from 'graphql';
import { buildSchema, createResolversMap } from 'type-graphql';
import type { Loaders } from './loaders.js';
import { BackupResolver, findBackup } from './resolvers.js';

/** Builds a subgraph as documented by type-graphql, with its defaults. */
export async function createSchema() {
  const schema = await buildSchema({ resolvers: [BackupResolver] });
  const typeDefs = parse(`
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
    ${printSchemaWithDirectives(schema)}
  `);
  const resolvers = createResolversMap(schema) as Record<string, object>;
  const __resolveReference = ({ id }: { id: string }, loaders: Loaders) => findBackup(id, loaders);
  resolvers['Backup'] = { ...resolvers['Backup'], __resolveReference };
  return buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]);
}
