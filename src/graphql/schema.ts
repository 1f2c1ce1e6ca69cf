import 'reflect-metadata';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import {
  type ConstDirectiveNode,
  type DocumentNode,
  extendSchema,
  type FieldDefinitionNode,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  type GraphQLTypeResolver,
  isAbstractType,
  isObjectType,
  Kind,
  parse,
  print,
  visit,
} from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import type { Context } from './context.js';
import { CALL, CALLING_FIELDS } from './limits/operation-cost.js';
import { forReaders } from './resolvers/authorize.js';
import {
  BackupFileResolver,
  BackupResolver,
  directResolvers,
} from './resolvers/backup-resolver.js';
import { entityResolvers } from './resolvers/entities.js';
import { DatabaseInstanceResolver, QueryResolver } from './resolvers/query-resolver.js';

/**
 * Federation 2.9 is the first version with cost directives and is supported by every composer in
 * use.
 */
const FEDERATION_LINK = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@cost", "@listSize"])
`;

/** As the federation specification defines them, with `String` for its scalars, which clients need not map. */
const DIRECTIVES = `directive @link(url: String!, import: [String]) repeatable on SCHEMA

directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE

directive @shareable repeatable on OBJECT | FIELD_DEFINITION

directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR

directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
`;

/** What routers call, as the specification of subgraphs has it. */
const FOR_ROUTERS = `
scalar _Any

union _Entity = Backup | DatabaseInstance

type _Service {
  sdl: String
}

extend type Query {
  _entities(representations: [_Any!]!): [_Entity]!
  _service: _Service!
}
`;

/**
 * Builds the served subgraph schema. @apollo/subgraph would print, parse, build and validate all of
 * it again at each start: a fifth of the time to the first answer. A test validates it instead.
 */
export function createSchema(): GraphQLSchema {
  const own = ownSchema();
  const schema = extendSchema(own, parse(`${DIRECTIVES}${FOR_ROUTERS}`), { assumeValid: true });
  let sdl: string | undefined;
  setResolvers(schema, directResolvers);
  setResolvers(schema, entityResolvers);
  setResolvers(schema, { Query: { _service: () => ({ sdl: (sdl ??= toSdl(own)) }) } });
  return schema;
}

/**
 * Prints the subgraph SDL, as in `schema.graphql` and as used by composition. It defines the directives it imports:
 * tools other than composers know no `@link`.
 */
export function printSdl(): string {
  return toSdl(ownSchema());
}

/** The schema without the part for routers. */
function ownSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [QueryResolver, BackupResolver, BackupFileResolver, DatabaseInstanceResolver],
    validate: false,
    // Introspecting it at each start would take some 30 ms.
    skipCheck: true,
  });
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    field.resolve = forReaders(field.resolve);
  }
  return schema;
}

function toSdl(own: GraphQLSchema): string {
  const types = print(withCosts(parse(printSchemaWithDirectives(own))));
  // A blank line before each description but the first of a block.
  const spaced = types.replace(/([^])\n( *"""[^]*?""")/g, (whole, before: string, block: string) =>
    /[{(\n]/.test(before) ? whole : `${before}\n\n${block}`,
  );
  return `${FEDERATION_LINK}\n${spaced}\n\n${DIRECTIVES}`;
}

/** Resolvers by type and field; `__resolveType` is that of a union or interface. */
type Resolvers = Readonly<Record<string, Readonly<Record<string, (...facts: never[]) => unknown>>>>;

function setResolvers(schema: GraphQLSchema, resolvers: Resolvers): void {
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    for (const [name, resolve] of Object.entries(fields)) {
      const field = isObjectType(type) ? type.getFields()[name] : undefined;
      if (field) field.resolve = resolve as GraphQLFieldResolver<unknown, Context>;
      else if (isAbstractType(type))
        type.resolveType = resolve as GraphQLTypeResolver<unknown, Context>;
      else throw new Error(`no field ${typeName}.${name}`);
    }
  }
}

/**
 * Adds the cost rule to the SDL for routers with demand control: `@cost` on fields that can call
 * the upstream, `@listSize` on lists paged by `first`.
 */
function withCosts(typeDefs: DocumentNode): DocumentNode {
  return visit(typeDefs, {
    SchemaDefinition: () => null,
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
