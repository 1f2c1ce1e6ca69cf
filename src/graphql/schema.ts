import 'reflect-metadata';
import { printSubgraphSchema, buildSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  Kind,
  parse,
  visit,
} from 'graphql';
import { buildSchemaSync, createResolversMap } from 'type-graphql';
import { CALL, CALLING_FIELDS } from './limits/operation-cost.js';
import { forReaders, type RootFields } from './resolvers/authorize.js';
import {
  BackupFileResolver,
  BackupResolver,
  directResolvers,
} from './resolvers/backup-resolver.js';
import { entityResolvers } from './resolvers/entities.js';
import { DatabaseInstanceResolver, QueryResolver } from './resolvers/query-resolver.js';

/**
 * Prints the subgraph SDL, as in `schema.graphql` and as used by composition. It defines the directives it imports:
 * tools other than composers know no `@link`.
 */
export function printSdl(schema: GraphQLSchema): string {
  return `${printSubgraphSchema(schema).trim()}\n\n${DIRECTIVES}`;
}

/** As the federation specification defines them, with `String` for its scalars, which clients need not map. */
const DIRECTIVES = `directive @link(url: String!, import: [String]) repeatable on SCHEMA

directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE

directive @shareable repeatable on OBJECT | FIELD_DEFINITION

directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR

directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
`;

/**
 * Federation 2.9 is the first version with cost directives and is supported by every composer in
 * use.
 */
const FEDERATION_LINK = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@cost", "@listSize"])
`;

/** Builds the served subgraph schema. */
export function createSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [QueryResolver, BackupResolver, BackupFileResolver, DatabaseInstanceResolver],
    validate: false,
    // buildSubgraphSchema validates it; introspecting it here as well would take some 30 ms.
    skipCheck: true,
  });
  const typeDefs = withCosts(parse(`${FEDERATION_LINK}\n${printSchemaWithDirectives(schema)}`));
  // The two libraries type the same map of resolvers differently.
  const resolvers = createResolversMap(schema) as Record<string, object>;
  resolvers['Query'] = forReaders(resolvers['Query'] as RootFields);
  for (const own of [directResolvers, entityResolvers]) {
    for (const [typeName, fields] of Object.entries<object>(own)) {
      resolvers[typeName] = { ...resolvers[typeName], ...fields };
    }
  }
  return buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]);
}

/**
 * Adds the cost rule to the SDL for routers with demand control: `@cost` on fields that can call
 * the upstream, `@listSize` on lists paged by `first`.
 */
function withCosts(typeDefs: DocumentNode): DocumentNode {
  return visit(typeDefs, {
    ObjectTypeDefinition: (type) => ({
      ...type,
      fields: type.fields?.map((field) => ({
        ...field,
        directives: [...(field.directives ?? []), ...costsOf(type.name.value, field)],
      })),
    }),
  });
}

const COST = directiveOf(`@cost(weight: ${CALL})`);
const LIST_SIZE = directiveOf(
  '@listSize(slicingArguments: ["first"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)',
);

function costsOf(typeName: string, field: FieldDefinitionNode): ConstDirectiveNode[] {
  const isCalling = CALLING_FIELDS.has(`${typeName}.${field.name.value}`);
  const isPaged = field.arguments?.some(({ name }) => name.value === 'first') ?? false;
  return [...(isCalling ? [COST] : []), ...(isPaged ? [LIST_SIZE] : [])];
}

function directiveOf(text: string): ConstDirectiveNode {
  const [definition] = parse(`scalar Any ${text}`).definitions;
  const [directive] =
    definition?.kind === Kind.SCALAR_TYPE_DEFINITION ? (definition.directives ?? []) : [];
  if (!directive) throw new Error(`no directive: ${text}`);
  return directive;
}
