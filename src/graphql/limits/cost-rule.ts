import { getNamedType, isCompositeType } from 'graphql';
import type { ComplexityEstimator } from 'graphql-query-complexity';
import { DEFAULT_FIRST, MAX_FIRST } from '../pagination.js';

/**
 * Fields that may call the upstream. What they share in one operation is not known before it runs,
 * so each counts.
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

/** Points of a field that may call the upstream. */
export const CALL = 10;
const OBJECT = 1;
/** What a SQL Server backup may be taken to hold before it is read. */
const FILES = 5;

type Estimated = Parameters<ComplexityEstimator>[0];

/**
 * The cost of a field: 10 points when it may call the upstream, 1 when it is another object, none
 * when it is a scalar; and below a list everything once for each row the list may have.
 */
export const costOfField: ComplexityEstimator = (estimated) => {
  const { type, field, childComplexity } = estimated;
  const own = isCalling(estimated) ? CALL : isCompositeType(getNamedType(field.type)) ? OBJECT : 0;
  const rows = `${type.name}.${field.name}` === 'Backup.files' ? FILES : rowsOf(estimated);
  return own + rows * childComplexity;
};

/** How many links a field may ask for. The files of a backup are not known yet: one is counted. */
export const linksOfField: ComplexityEstimator = (estimated) =>
  (estimated.field.name === 'downloadURL' ? 1 : 0) + rowsOf(estimated) * estimated.childComplexity;

/** How many representations a field is given. */
export function representationsOf({ field, args }: Estimated): number {
  return field.name === '_entities' ? countOf(args['representations']) : 0;
}

function isCalling({ type, field }: Estimated): boolean {
  return CALLING_FIELDS.has(`${type.name}.${field.name}`);
}

/** Rows a list may have: fields that page give more than 100 to nobody. */
function rowsOf({ field, args }: Estimated): number {
  if (field.name === '_entities') return countOf(args['representations']);
  if (!field.args.some(({ name }) => name === 'first')) return 1;
  const first: unknown = args['first'] ?? DEFAULT_FIRST;
  return typeof first === 'number' ? Math.min(Math.max(first, 1), MAX_FIRST) : MAX_FIRST;
}

function countOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 1;
}
