import { getNamedType, isCompositeType } from 'graphql';
import type { ComplexityEstimator } from 'graphql-query-complexity';
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

type Estimated = Parameters<ComplexityEstimator>[0];

/**
 * The cost of a field: 10 points if it can call the upstream, 1 for other objects, 0 for scalars;
 * selections below a list count once per possible row.
 */
export const costOfField: ComplexityEstimator = (estimated) => {
  const { type, field, childComplexity } = estimated;
  const own = isCalling(estimated) ? CALL : isCompositeType(getNamedType(field.type)) ? OBJECT : 0;
  const rows = `${type.name}.${field.name}` === 'Backup.files' ? FILES : rowsOf(estimated);
  return own + rows * childComplexity;
};

/**
 * The number of links a field can request. The files of a backup are unknown at this point; one is
 * counted.
 */
export const linksOfField: ComplexityEstimator = (estimated) =>
  (estimated.field.name === 'downloadURL' ? 1 : 0) + rowsOf(estimated) * estimated.childComplexity;

/** Bytes of a member of a response in addition to its name. */
const MEMBER = 8;

/**
 * The bytes that a field and its selections take in a response for their names and aliases, once
 * per possible row. Values, and the files of a backup, are unknown at this point.
 */
export const bytesOfField: ComplexityEstimator = (estimated) => {
  const { alias, name } = estimated.node;
  return (alias ?? name).value.length + MEMBER + rowsOf(estimated) * estimated.childComplexity;
};

/** The number of representations passed to a field. */
export function representationsOf({ field, args }: Estimated): number {
  return field.name === '_entities' ? countOf(args['representations']) : 0;
}

function isCalling({ type, field }: Estimated): boolean {
  return CALLING_FIELDS.has(`${type.name}.${field.name}`);
}

/** Maximum rows of a list: paginated fields return at most 100. */
function rowsOf({ field, args }: Estimated): number {
  if (field.name === '_entities') return countOf(args['representations']);
  if (!field.args.some(({ name }) => name === 'first')) return 1;
  const first: unknown = args['first'] ?? DEFAULT_FIRST;
  return typeof first === 'number' ? Math.min(Math.max(first, 1), MAX_FIRST) : MAX_FIRST;
}

function countOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 1;
}
