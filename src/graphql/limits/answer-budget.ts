import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import { PublicError } from '../../domain/errors.js';
import { measureOperation } from './measure-operation.js';

/**
 * What the lists of one answer may still take. The cost of a query is counted before it runs, and the
 * length of some lists is known only then; all of their rows are in memory before the answer is printed.
 */
export interface AnswerBudget {
  /**
   * Takes a list of `rows` for the field of `info`.
   * @throws AnswerTooLargeError
   */
  take(rows: number, info: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>): void;
}

/** The answer as a whole is refused with it, wherever it was thrown. */
export class AnswerTooLargeError extends PublicError {
  override readonly name = 'AnswerTooLargeError';

  constructor(maxBytes: number) {
    super(
      'QUERY_TOO_COMPLEX',
      `The answer is too large: up to ${maxBytes} bytes are allowed. Ask for less at once.`,
    );
  }
}

/** Bytes of an object without its members, in memory rather than in the answer. */
const ROW = 64;
/** Of a member beside its name. */
const MEMBER = 8;
/** Of a field that may fail, and be recorded, for each row. */
const LINK = 4096;

export function createAnswerBudget(maxBytes: number): AnswerBudget {
  let left = maxBytes;
  return {
    take(rows, { fieldNodes, fragments }) {
      const members = fieldNodes.reduce((sum, node) => sum + weightOf(node, fragments), 0);
      left -= rows * (ROW + members);
      if (left < 0) throw new AnswerTooLargeError(maxBytes);
    },
  };
}

/** Bytes of the members selected in a field. */
function weightOf({ selectionSet }: FieldNode, fragments: GraphQLResolveInfo['fragments']): number {
  if (!selectionSet) return 0;
  return measureOperation({ selectionSet }, (name) => fragments[name], {
    field: ({ alias, name }) =>
      (alias ?? name).value.length + MEMBER + (name.value === 'downloadURL' ? LINK : 0),
    beside: (a, b) => a + b,
  });
}
