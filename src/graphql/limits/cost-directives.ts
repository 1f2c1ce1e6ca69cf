import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  parse,
  visit,
} from 'graphql';
import { CALL, CALLING_FIELDS } from './operation-cost.js';

/**
 * Adds the cost rule to the SDL for routers with demand control: `@cost` on fields that can call
 * the upstream, `@listSize` on lists paged by `first`.
 */
export function withCosts(typeDefs: DocumentNode): DocumentNode {
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
