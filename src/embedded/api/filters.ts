import { invalidArgument } from './api-error.js';
import type { Parameters } from './parameters.js';

type Operator = 'eq' | 'like';

/** How a filter reads its value from a row, and the operators it allows. */
export interface FilterRule<Row> {
  readonly operators: readonly Operator[];
  valueOf(row: Row): string | undefined;
  /** Converts requested values to the form of `valueOf`; unchanged if absent. */
  readonly read?: (value: string) => string;
}

interface FilterDraft {
  name?: string;
  operator?: string;
  readonly values: string[];
}

const FORM = /^filters\.([1-9]\d{0,2})\.(?:(name|operator)|values\.[1-9]\d{0,2})$/;

/** The parsed filters of a request. */
export interface Filters<Row> {
  readonly matches: (row: Row) => boolean;
  /** The values accepted by an `eq` filter of this name; undefined without one. */
  readonly valuesOf: (name: string) => readonly string[] | undefined;
}

/**
 * Parses `filters.N.name`, `.operator` (default `eq`) and `.values.N`: a row must match every
 * filter with any of its values.
 * @throws ApiError 400 naming the allowed filters and operators
 */
export function parseFilters<Row>(
  parameters: Parameters,
  rules: Readonly<Record<string, FilterRule<Row>>>,
): Filters<Row> {
  const all = drafts(parameters);
  const tests = all.map((draft) => toTest(draft, rules));
  return {
    matches: (row) => tests.every((test) => test(row)),
    valuesOf: (name) =>
      all.find((one) => one.name === name && (one.operator ?? 'eq') === 'eq')?.values,
  };
}

function drafts(parameters: Parameters): FilterDraft[] {
  const byNumber = new Map<string, FilterDraft>();
  for (const [name, value] of parameters) {
    if (!name.startsWith('filters')) continue;
    const [match, number, member] = FORM.exec(name) ?? [];
    if (match === undefined || number === undefined) {
      throw invalidArgument(
        'Invalid filter parameter; use filters.N.name, filters.N.operator and filters.N.values.N.',
      );
    }
    const draft = byNumber.get(number) ?? { values: [] };
    byNumber.set(number, draft);
    if (member === 'name' || member === 'operator') draft[member] = value;
    else draft.values.push(value);
  }
  return [...byNumber.values()];
}

function toTest<Row>(
  { name = '', operator = 'eq', values }: FilterDraft,
  rules: Readonly<Record<string, FilterRule<Row>>>,
): (row: Row) => boolean {
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (!rule) {
    throw invalidArgument(`Unknown filter name; use one of ${Object.keys(rules).join(', ')}.`);
  }
  const known = rule.operators.find((one) => one === operator);
  if (!known) {
    throw invalidArgument(`The operator of ${name} must be one of ${rule.operators.join(', ')}.`);
  }
  if (values.length === 0) throw invalidArgument(`The filter ${name} requires a value.`);
  const wanted = rule.read ? values.map(rule.read) : values;
  return (row) => {
    const actual = rule.valueOf(row);
    if (actual === undefined) return false;
    return wanted.some((value) => (known === 'eq' ? actual === value : actual.includes(value)));
  };
}
