import { type GraphQLFieldResolver, type GraphQLSchema, isAbstractType } from 'graphql';
import { PublicError } from '../../domain/errors.js';

/**
 * Makes `_entities` report an invalid representation as an error at its own position; by default
 * the library fails the whole field with an internal error.
 */
export function checkRepresentations(schema: GraphQLSchema): GraphQLSchema {
  const field = schema.getQueryType()?.getFields()['_entities'];
  const entity = schema.getType('_Entity');
  if (!field?.resolve || !isAbstractType(entity)) throw new Error('the schema has no entities');
  const names = schema.getPossibleTypes(entity).map(({ name }) => name);
  field.resolve = checked(field.resolve, names);
  return schema;
}

type Resolver = GraphQLFieldResolver<unknown, unknown>;

function checked(resolve: Resolver, names: readonly string[]): Resolver {
  return (source, { representations }: { representations: readonly unknown[] }, context, info) =>
    representations.map((representation) => {
      if (!namesEntity(representation, names)) return notAnEntity(names);
      const one = { representations: [representation] };
      const [entity] = resolve(source, one, context, info) as readonly unknown[];
      return entity;
    });
}

function namesEntity(representation: unknown, names: readonly string[]): boolean {
  if (typeof representation !== 'object' || representation === null) return false;
  const { __typename } = representation as { readonly __typename?: unknown };
  return typeof __typename === 'string' && names.includes(__typename);
}

function notAnEntity(names: readonly string[]): PublicError {
  return new PublicError(
    'BAD_USER_INPUT',
    `Invalid representation; expected an object with __typename ${names.join(' or ')}.`,
  );
}
