import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  Source,
  TokenKind,
} from 'graphql';
import type { QueryLimits } from '../../config/config.js';

/**
 * Maximum characters of a name or alias: generated operations can contain a hash, and file systems
 * allow as much. Names are repeated in paths, keys and messages, once per row of a list.
 */
export const MAX_NAME_LENGTH = 255;

/**
 * Maximum open brackets of any kind. Parser and validation rules recurse for each; 2,000 overflow
 * the stack.
 */
export const MAX_NESTING = 200;

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

export type DocumentLimits = Pick<
  QueryLimits,
  'characters' | 'tokens' | 'selections' | 'depth' | 'aliases'
>;

/**
 * What is wrong with the size of a document, or null. Takes time linear in what it counts and stops
 * at the limit, so it runs before validation, which takes longer for each pair of selections. Syntax
 * errors are left to the server's parser.
 */
export function documentFault(text: string, limits: DocumentLimits): string | null {
  const { characters, tokens: maxLexicalTokens } = limits;
  if (text.length > characters) {
    return `The query is too long; the limit is ${characters} characters.`;
  }
  try {
    return tokenFault(text) ?? selectionFault(parse(text, { maxLexicalTokens }), limits);
  } catch {
    return null;
  }
}

const BRACKETS: Readonly<Record<string, number>> = {
  [TokenKind.PAREN_L]: 1,
  [TokenKind.BRACE_L]: 1,
  [TokenKind.BRACKET_L]: 1,
  [TokenKind.PAREN_R]: -1,
  [TokenKind.BRACE_R]: -1,
  [TokenKind.BRACKET_R]: -1,
};

/** The parser bounds neither names nor nesting. */
function tokenFault(text: string): string | null {
  const lexer = new Lexer(new Source(text));
  let open = 0;
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    if (token.kind === TokenKind.NAME && token.value.length > MAX_NAME_LENGTH) {
      return `A name in the query is too long; the limit is ${MAX_NAME_LENGTH} characters.`;
    }
    open += BRACKETS[token.kind] ?? 0;
    if (open > MAX_NESTING) {
      return `The query is nested too deeply; the limit is ${MAX_NESTING} open brackets.`;
    }
  }
  return null;
}

function selectionFault(document: DocumentNode, limits: DocumentLimits): string | null {
  const definitions = document.definitions.filter(
    (node): node is OperationDefinitionNode | FragmentDefinitionNode => 'selectionSet' in node,
  );
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  let work = 0;
  for (const { selectionSet } of definitions) {
    const tally = tallyOf(selectionSet, fragments, limits.selections);
    work += tally.selections;
    if (work > MAX_WORK * limits.selections) {
      return `The document selects too much; the limit is ${limits.selections} selections in an operation, and ${MAX_WORK} times as many in all operations and fragments.`;
    }
    const fault = tallyFault(tally, limits);
    if (fault !== null) return fault;
  }
  return null;
}

/** What an operation or fragment amounts to, counting each spread of a fragment. */
interface Tally {
  selections: number;
  depth: number;
  aliases: number;
  schemaAliases: number;
  pairs: number;
}

function tallyFault(
  { selections, depth, aliases, schemaAliases, pairs }: Tally,
  limits: DocumentLimits,
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
