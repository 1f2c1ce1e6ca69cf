import { readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { describe, expect, it } from '@jest/globals';
import {
  buildASTSchema,
  buildSchema,
  graphql,
  type GraphQLNamedType,
  type GraphQLUnionType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  parse,
  printSchema,
  validateSchema,
} from 'graphql';
import { printSdl, createSchema } from '../../src/graphql/schema.js';

const schema = createSchema();
const ofFederation = /^(_|federation__|link__)/;
const types = Object.values(schema.getTypeMap()).filter(
  (type) =>
    !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !ofFederation.test(type.name),
);

/** Names of elements of a type without a description. */
function undescribed(type: GraphQLNamedType): string[] {
  const parts: { name: string; description?: string | null | undefined }[] = [];
  if (type.name !== 'Query') parts.push({ name: type.name, description: type.description });
  if (isEnumType(type)) {
    for (const { name, description } of type.getValues()) {
      parts.push({ name: `${type.name}.${name}`, description });
    }
  }
  if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      if (ofFederation.test(field.name)) continue;
      const name = `${type.name}.${field.name}`;
      parts.push({ name, description: field.description });
      for (const arg of 'args' in field ? field.args : []) {
        parts.push({ name: `${name}(${arg.name})`, description: arg.description });
      }
    }
  }
  return parts.filter(({ description }) => !description).map(({ name }) => name);
}

describe('the schema', () => {
  it('matches schema.graphql (npm run schema)', () => {
    expect(readFileSync('schema.graphql', 'utf8')).toBe(printSdl());
  });

  it('is complete without the specification of federation', () => {
    expect(() => buildSchema(readFileSync('schema.graphql', 'utf8'))).not.toThrow();
  });

  it('is a valid subgraph, with the resolvers it has', () => {
    expect(() => buildSubgraphSchema(parse(printSdl()))).not.toThrow();
    expect(validateSchema(buildSchema(printSchema(schema)))).toEqual([]);
  });

  it('describes every element', () => {
    expect(types.flatMap(undescribed)).toEqual([]);
  });

  it('gives fields shared by link variants the same type', () => {
    const union = schema.getType('BackupDownloadURL') as GraphQLUnionType;
    const fieldTypes = new Map<string, Set<string>>();
    for (const member of union.getTypes()) {
      for (const { name, type } of Object.values(member.getFields())) {
        fieldTypes.set(name, (fieldTypes.get(name) ?? new Set()).add(String(type)));
      }
    }
    const shared = [...fieldTypes].map(([name, all]) => [name, [...all].join(' | ')]);
    expect(Object.fromEntries(shared)).toEqual({
      publicURL: 'URL',
      internalURL: 'URL',
      available: 'Boolean!',
      sizeBytes: 'SafeInt',
      sha256: 'String',
      expiresAt: 'DateTime',
      fileName: 'String!',
      databaseName: 'String!',
    });
  });

  it('gives links no identity by which a cache could merge them', () => {
    const union = schema.getType('BackupDownloadURL') as GraphQLUnionType;
    const names = union.getTypes().flatMap((member) => Object.keys(member.getFields()));
    expect(names).not.toContain('id');
  });

  it('is the schema reported to a router', async () => {
    const { data } = await graphql({ schema, source: '{ _service { sdl } }' });
    const sdl = printSdl();
    expect(data).toEqual({ _service: { sdl } });
    expect(sdl).toContain('@link(url: "https://specs.apollo.dev/federation/v2.9"');
    expect(sdl).toContain('@key(fields: "regionId instanceId backupId")');
    expect(sdl).toContain('sizeBytes: SafeInt');
  });

  it('declares the cost of fields as computed here', () => {
    const sdl = buildASTSchema(parse(printSdl()), { assumeValidSDL: true });
    const costs: Record<string, string[]> = {};
    for (const type of Object.values(sdl.getTypeMap()).filter(isObjectType)) {
      for (const { name, astNode } of Object.values(type.getFields())) {
        const directives = astNode?.directives?.map((directive) => directive.name.value) ?? [];
        if (directives.length > 0) costs[`${type.name}.${name}`] = directives;
      }
    }
    expect(costs).toEqual({
      'Query.backup': ['cost'],
      'Query.backups': ['cost', 'listSize'],
      'Query.instance': ['cost'],
      'Query.regions': ['cost'],
      'Query.instances': ['cost', 'listSize'],
      'Backup.engine': ['cost'],
      'Backup.instance': ['cost'],
      'Backup.downloadURL': ['cost'],
      'BackupFile.downloadURL': ['cost'],
      'DatabaseInstance.backups': ['cost', 'listSize'],
    });
  });
});
