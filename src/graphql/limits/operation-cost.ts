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
  type InlineFragmentNode,
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

const NOTHING: Cost = { points: 0, links: 0, bytes: 0, entities: 0 };

function combine(a: Cost, b: Cost, of: (x: number, y: number) => number): Cost {
  return {
    points: of(a.points, b.points),
    links: of(a.links, b.links),
    bytes: of(a.bytes, b.bytes),
    entities: of(a.entities, b.entities),
  };
}

const plus = (x: number, y: number): number => x + y;

export interface Measured {
  readonly schema: GraphQLSchema;
  readonly operation: Pick<OperationDefinitionNode, 'selectionSet'>;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Coerced. */
  readonly variables: Variables;
}

type Variables = Readonly<Record<string, unknown>>;

/**
 * Measures a valid operation. Selections below a list count once per possible row, and those on an
 * abstract type as for the costliest of its types.
 * @throws GraphQLError if an argument has an invalid value
 */
export function costOf({ schema, operation, fragments, variables }: Measured): Cost {
  const spreads = new Map<string, Cost>();

  function ofSet(set: SelectionSetNode, type: GraphQLNamedType): Cost {
    if (isAbstractType(type)) {
      const costs = schema.getPossibleTypes(type).map((member) => ofSet(set, member));
      return costs.reduce((a, b) => combine(a, b, Math.max), NOTHING);
    }
    let sum = NOTHING;
    for (const node of set.selections) {
      if (isIncluded(node)) sum = combine(sum, ofNode(node, type as GraphQLObjectType), plus);
    }
    return sum;
  }

  function isIncluded(node: SelectionNode): boolean {
    if (!node.directives?.length) return true;
    return (
      getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false
    );
  }

  function ofNode(node: SelectionNode, type: GraphQLObjectType): Cost {
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
    { typeCondition, selectionSet }: InlineFragmentNode | FragmentDefinitionNode,
    type: GraphQLObjectType,
  ): Cost {
    const condition = schema.getType(typeCondition?.name.value ?? type.name);
    const applies =
      condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
    return applies ? ofSet(selectionSet, type) : NOTHING;
  }

  function ofField(node: FieldNode, type: GraphQLObjectType): Cost {
    const bytes = (node.alias ?? node.name).value.length + MEMBER;
    const field = fieldOf(type, node.name.value);
    if (!field) return { ...NOTHING, bytes };
    const args = field.args.length > 0 ? getArgumentValues(field, node, variables) : {};
    const returned = getNamedType(field.type);
    const below = node.selectionSet ? ofSet(node.selectionSet, returned) : NOTHING;
    const name = `${type.name}.${field.name}`;
    const rows = rowsOf(field, args);
    const own = CALLING_FIELDS.has(name) ? CALL : isCompositeType(returned) ? OBJECT : 0;
    return {
      points: own + (name === 'Backup.files' ? FILES : rows) * below.points,
      links: (field.name === 'downloadURL' ? 1 : 0) + rows * below.links,
      bytes: bytes + rows * below.bytes,
      entities: field.name === '_entities' ? rows : below.entities,
    };
  }

  const root = schema.getQueryType();
  return root ? ofSet(operation.selectionSet, root) : NOTHING;
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
