import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { QueryLimits } from '../../config/config.js';
import { PublicError } from '../../domain/errors.js';
import { MAX_NESTING } from './document-shape.js';
import { refusal } from './refusal.js';

/** Tools need none: they query each part of the schema once. */
const MAX_SCHEMA_ALIASES = 5;

/** Root fields that return the schema or part of it, without a token. */
const SCHEMA_FIELDS: ReadonlySet<string> = new Set(['__schema', '__type', '_service']);

/**
 * Pairs of selections with the same name in the response, or of fragments in one place. graphql-js
 * compares each pair, in about a microsecond.
 */
const MAX_PAIRS = 5000;

/** Selections of all operations and fragments, each with its fragments, in multiples of the limit. */
const MAX_WORK = 10;

/** What an operation or fragment amounts to, counting each spread of a fragment. */
interface Tally {
  selections: number;
  depth: number;
  aliases: number;
  schemaAliases: number;
  pairs: number;
}

type Definition = OperationDefinitionNode | FragmentDefinitionNode;

/**
 * What is wrong with the size of a parsed document, or null. Takes time linear in what it counts
 * and stops at the limit, so it runs before validation, which takes longer for each pair.
 */
export function boundsFault(
  document: DocumentNode,
  limits: Pick<QueryLimits, 'selections' | 'depth' | 'aliases'>,
): GraphQLError | null {
  const definitions = document.definitions.filter(
    (node): node is Definition =>
      node.kind === Kind.OPERATION_DEFINITION || node.kind === Kind.FRAGMENT_DEFINITION,
  );
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  let work = 0;
  for (const node of definitions) {
    const tally = tallyOf(node.selectionSet, fragments, limits.selections);
    work += tally.selections;
    const fault =
      work > MAX_WORK * limits.selections
        ? `The document selects too much; the limit is ${limits.selections} selections in an operation, and ${MAX_WORK} times as many in all operations and fragments.`
        : faultOf(tally, limits);
    if (fault !== null) return refusal(new PublicError('QUERY_TOO_COMPLEX', fault), [node]);
  }
  return null;
}

function faultOf(
  { selections, depth, aliases, schemaAliases, pairs }: Tally,
  limits: Pick<QueryLimits, 'selections' | 'depth' | 'aliases'>,
): string | null {
  if (selections > limits.selections) {
    return `The query selects too much; the limit is ${limits.selections} selections.`;
  }
  if (depth > limits.depth) {
    return `The query is too deep: ${depth} levels of fields; the limit is ${limits.depth}.`;
  }
  if (aliases > limits.aliases) {
    return `The query has too many aliases: ${aliases}; the limit is ${limits.aliases}.`;
  }
  if (schemaAliases > MAX_SCHEMA_ALIASES) {
    return `The query has too many aliases on schema fields: ${schemaAliases}; the limit is ${MAX_SCHEMA_ALIASES}.`;
  }
  return pairs > MAX_PAIRS
    ? `The query repeats fields or fragments too often: ${pairs} pairs with the same name; the limit is ${MAX_PAIRS}.`
    : null;
}

/** Walks selections as they are merged for the response; stops above `max` selections. */
function tallyOf(
  root: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  max: number,
): Tally {
  const tally = { selections: 0, depth: 0, aliases: 0, schemaAliases: 0, pairs: 0 };

  function walk(sets: readonly SelectionSetNode[], depth: number, isInSchema: boolean): void {
    const fields = new Map<string, FieldNode[]>();
    const spreads = new Set<string>();
    for (const set of sets) collect(set, fields, spreads);
    tally.pairs += pairsOf(spreads.size);
    if (fields.size > 0) tally.depth = Math.max(tally.depth, depth);
    // Only a fragment in itself is deeper.
    if (depth > MAX_NESTING) return;
    for (const nodes of fields.values()) {
      const below = isInSchema || nodes.some(({ name }) => SCHEMA_FIELDS.has(name.value));
      const aliases = nodes.reduce((sum, { alias }) => sum + (alias ? 1 : 0), 0);
      tally.aliases += aliases;
      if (below) tally.schemaAliases += aliases;
      tally.pairs += pairsOf(nodes.length);
      const selected = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (selected.length > 0) walk(selected, depth + 1, below);
    }
  }

  function collect(
    { selections }: SelectionSetNode,
    fields: Map<string, FieldNode[]>,
    spreads: Set<string>,
  ): void {
    for (const node of selections) {
      tally.selections += 1;
      if (tally.selections > max) return;
      if (node.kind === Kind.FIELD) {
        const name = (node.alias ?? node.name).value;
        const same = fields.get(name);
        if (same) same.push(node);
        else fields.set(name, [node]);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        collect(node.selectionSet, fields, spreads);
      } else {
        spreads.add(node.name.value);
        const fragment = fragments.get(node.name.value);
        if (fragment) collect(fragment.selectionSet, fields, spreads);
      }
    }
  }

  walk([root], 1, false);
  return tally;
}

const pairsOf = (count: number): number => (count * (count - 1)) / 2;
