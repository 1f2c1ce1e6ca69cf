import {
  type FieldNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isAbstractType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';
import { DEFAULT_FIRST, MAX_FIRST } from '../pagination.js';

/**
 * Fields that can call the upstream. Sharing between them is unknown before execution, so each
 * counts.
 */
export const CALLING_FIELDS: ReadonlySet<string> = new Set([
  'Query.backup',
  'Query.backups',
  'Query.instance',
  'Query.instances',
  'Query.regions',
  'Query._entities',
  'Backup.engine',
  'Backup.instance',
  'Backup.downloadURL',
  'BackupFile.downloadURL',
  'DatabaseInstance.backups',
]);

/** Points of a field that can call the upstream. */
export const CALL = 10;
const OBJECT = 1;
/** Estimated files of a SQL Server backup. */
const FILES = 5;
/** Bytes of a member of a response in addition to its name. */
const MEMBER = 8;

/** What an operation can cost at most, as far as that is known before execution. */
export interface Cost {
  /** 10 for each field that can call the upstream, 1 for other objects, 0 for scalars. */
  readonly points: number;
  /** Links; of the files of a backup, whose number is unknown, one is counted. */
  readonly links: number;
  /** Bytes of names and aliases in the response; values and files are unknown. */
  readonly bytes: number;
  /** Representations passed to `_entities`. */
  readonly entities: number;
}

export interface Measured {
  readonly schema: GraphQLSchema;
  readonly operation: Pick<OperationDefinitionNode, 'selectionSet'>;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
}

const NOTHING: Cost = { points: 0, links: 0, bytes: 0, entities: 0 };

/**
 * Measures a valid operation. Selections below a list count once per possible row.
 * @throws GraphQLError if an argument has an invalid value
 */
export function costOf({ schema, operation, fragments, variables }: Measured): Cost {
  const spreads = new Map<string, Cost>();

  function ofSelections({ selections }: SelectionSetNode, type: GraphQLNamedType): Cost {
    if (!isAbstractType(type)) return ofObject(selections, type as GraphQLObjectType);
    return schema
      .getPossibleTypes(type)
      .map((possible) => ofObject(selections, possible))
      .reduce(most, NOTHING);
  }

  function ofObject(selections: readonly SelectionNode[], type: GraphQLObjectType): Cost {
    let sum = NOTHING;
    for (const node of selections) if (isIncluded(node)) sum = plus(sum, ofSelection(node, type));
    return sum;
  }

  function ofSelection(node: SelectionNode, type: GraphQLObjectType): Cost {
    if (node.kind === Kind.FIELD) return ofField(node, type);
    if (node.kind === Kind.INLINE_FRAGMENT) return ofFragment(node, type);
    const fragment = fragments[node.name.value];
    if (!fragment) return NOTHING;
    const key = `${type.name} ${node.name.value}`;
    const cost = spreads.get(key) ?? ofFragment(fragment, type);
    spreads.set(key, cost);
    return cost;
  }

  function ofFragment(
    {
      typeCondition,
      selectionSet,
    }: Pick<FragmentDefinitionNode, 'selectionSet'> & {
      readonly typeCondition?: FragmentDefinitionNode['typeCondition'] | undefined;
    },
    type: GraphQLObjectType,
  ): Cost {
    const applies = typeCondition === undefined || isOfType(type, typeCondition.name.value);
    return applies ? ofObject(selectionSet.selections, type) : NOTHING;
  }

  function isOfType(type: GraphQLObjectType, name: string): boolean {
    if (type.name === name) return true;
    const condition = schema.getType(name);
    return isAbstractType(condition) && schema.isSubType(condition, type);
  }

  function ofField(node: FieldNode, type: GraphQLObjectType): Cost {
    const bytes = (node.alias ?? node.name).value.length + MEMBER;
    const field = fieldOf(type, node.name.value);
    if (!field) return { ...NOTHING, bytes };
    const args = getArgumentValues(field, node, variables);
    const returned = getNamedType(field.type);
    const below = node.selectionSet ? ofSelections(node.selectionSet, returned) : NOTHING;
    const name = `${type.name}.${node.name.value}`;
    const rows = rowsOf(field, args);
    const own = CALLING_FIELDS.has(name) ? CALL : isCompositeType(returned) ? OBJECT : 0;
    return {
      points: own + (name === 'Backup.files' ? FILES : rows) * below.points,
      links: (field.name === 'downloadURL' ? 1 : 0) + rows * below.links,
      bytes: bytes + rows * below.bytes,
      entities: field.name === '_entities' ? rows : below.entities,
    };
  }

  function isIncluded(node: SelectionNode): boolean {
    if (!node.directives?.length) return true;
    return (
      getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false
    );
  }

  const root = schema.getQueryType();
  return root ? ofObject(operation.selectionSet.selections, root) : NOTHING;
}

function fieldOf(
  type: GraphQLObjectType,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
  return name === TypeMetaFieldDef.name ? TypeMetaFieldDef : type.getFields()[name];
}

/** Maximum rows of a list: paginated fields return at most 100. */
function rowsOf(
  { name, args: declared }: GraphQLField<unknown, unknown>,
  args: Readonly<Record<string, unknown>>,
): number {
  if (name === '_entities') {
    const { representations } = args;
    return Array.isArray(representations) ? representations.length : 1;
  }
  if (!declared.some((argument) => argument.name === 'first')) return 1;
  const first = args['first'] ?? DEFAULT_FIRST;
  return typeof first === 'number' ? Math.min(Math.max(first, 1), MAX_FIRST) : MAX_FIRST;
}

function plus(a: Cost, b: Cost): Cost {
  return {
    points: a.points + b.points,
    links: a.links + b.links,
    bytes: a.bytes + b.bytes,
    entities: a.entities + b.entities,
  };
}

function most(a: Cost, b: Cost): Cost {
  return {
    points: Math.max(a.points, b.points),
    links: Math.max(a.links, b.links),
    bytes: Math.max(a.bytes, b.bytes),
    entities: Math.max(a.entities, b.entities),
  };
}
