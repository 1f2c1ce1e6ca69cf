import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import { PublicError } from '../../domain/errors.js';
import type { AnswerMemory } from './answers-under-way.js';

/**
 * The memory left for lists in a response. Query cost is computed before execution, when the length
 * of some lists is unknown, and all their rows are in memory before the response is serialized.
 */
export interface AnswerBudget extends AnswerMemory {
  /** Nothing more is spent on a response that is refused already. @throws AnswerTooLargeError */
  throwIfRefused(): void;
  /**
   * Reserves memory for `rows` rows of the field in `info`.
   * @throws AnswerTooLargeError
   * @throws AnswersBusyError
   */
  take(rows: number, info: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>): void;
}

/** Rejects the entire response, wherever it is thrown. */
export class AnswerTooLargeError extends PublicError {
  override readonly name = 'AnswerTooLargeError';

  constructor(maxBytes: number) {
    super(
      'QUERY_TOO_COMPLEX',
      `The response is too large; the limit is ${maxBytes} bytes. Request less at once.`,
    );
  }
}

/** Bytes of an empty object in memory, not in the response. */
const ROW = 64;
/** Bytes of a member in addition to its name. */
const MEMBER = 8;
/** Bytes per row of a field that can fail and be recorded: 1,440 measured, and its line. */
const LINK = 2048;

export function createAnswerBudget(maxBytes: number, memory: AnswerMemory): AnswerBudget {
  let taken = 0;
  let isRefused = false;
  return {
    ...memory,
    throwIfRefused() {
      if (isRefused) throw new AnswerTooLargeError(maxBytes);
    },
    take(rows, { fieldNodes, fragments }) {
      const members = fieldNodes.reduce(
        (sum, { selectionSet }) => sum + weightOf(selectionSet, fragments),
        0,
      );
      taken += rows * (ROW + members);
      isRefused = true;
      if (taken > maxBytes) throw new AnswerTooLargeError(maxBytes);
      memory.hold(taken);
      isRefused = false;
    },
  };
}

/** Bytes of the members selected in a field. */
function weightOf(set: SelectionSetNode | undefined, fragments: Fragments): number {
  return (set?.selections ?? []).reduce((sum, node) => {
    if (node.kind === Kind.INLINE_FRAGMENT) return sum + weightOf(node.selectionSet, fragments);
    const { value: name } = node.name;
    if (node.kind === Kind.FRAGMENT_SPREAD) {
      return sum + weightOf(fragments[name]?.selectionSet, fragments);
    }
    const { length } = node.alias?.value ?? name;
    return sum + length + MEMBER + (name === 'downloadURL' ? LINK : 0);
  }, 0);
}

type Fragments = GraphQLResolveInfo['fragments'];
