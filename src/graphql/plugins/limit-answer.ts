import type {
  ApolloServerPlugin,
  GraphQLRequestContext,
  GraphQLRequestContextWillSendResponse,
} from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import type { Context } from '../context.js';
import { AnswerTooLargeError, AnswersBusyError, sizeOf } from '../limits/answer-memory.js';

/**
 * Bounds a response before it is serialized: hundreds of identical errors become one with a count,
 * and a response that is too large, or for which there is no memory now, is rejected as a whole.
 * Must precede the plugins that report how an operation ended.
 */
export function limitAnswer(maxBytes: number): ApolloServerPlugin<Context> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse(request) {
          const { body } = request.response;
          if (body.kind !== 'single') return DONE;
          const { singleResult } = body;
          if (singleResult.errors) singleResult.errors = collapseErrors(singleResult.errors);
          const refusal = refusalIn(request) ?? holdAnswer(request, singleResult, maxBytes);
          if (refusal) refuse(request, refusal);
          return DONE;
        },
      }),
  };
}

const DONE = Promise.resolve();

type Refusal = AnswerTooLargeError | AnswersBusyError;

const isRefusal = (error: unknown): error is Refusal =>
  error instanceof AnswerTooLargeError || error instanceof AnswersBusyError;

/** The refusal that a resolver or an earlier limit ran into. */
function refusalIn({ errors = [] }: GraphQLRequestContext<Context>): Refusal | undefined {
  return errors.map(({ originalError }) => originalError).find(isRefusal);
}

function holdAnswer(
  { contextValue }: GraphQLRequestContext<Context>,
  answer: unknown,
  maxBytes: number,
): Refusal | undefined {
  const bytes = sizeOf(answer, maxBytes);
  if (bytes > maxBytes) return new AnswerTooLargeError(maxBytes);
  try {
    contextValue.answer.hold(bytes);
    return undefined;
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
}

/** Seconds. */
const RETRY_AFTER = '1';

function refuse(
  { response }: GraphQLRequestContextWillSendResponse<Context>,
  { message, code, status }: Refusal,
): void {
  response.http.status = status;
  if (status === 503) response.http.headers.set('retry-after', RETRY_AFTER);
  response.body = {
    kind: 'single',
    singleResult: { errors: [{ message, extensions: { code } }] },
  };
}

/**
 * Identical errors reported separately: as many as the largest page has rows, so that clients and
 * routers can match them to fields by path.
 */
const MAX_OF_A_KIND = 100;

/**
 * Collapses errors of a response: of more than 100 with the same code and message, the rest are
 * represented by the first of them, with their number in `extensions.count`.
 */
export function collapseErrors(
  errors: readonly GraphQLFormattedError[],
): readonly GraphQLFormattedError[] {
  if (errors.length <= MAX_OF_A_KIND) return errors;
  const kinds = new Map<string, { count: number; rest: number }>();
  const kept: GraphQLFormattedError[] = [];
  for (const error of errors) {
    const name = `${String(error.extensions?.['code'])} ${error.message}`;
    const kind = kinds.get(name) ?? { count: 0, rest: 0 };
    kinds.set(name, kind);
    kind.count += 1;
    if (kind.count === MAX_OF_A_KIND + 1) kind.rest = kept.length;
    if (kind.count <= MAX_OF_A_KIND + 1) kept.push(error);
  }
  for (const { count, rest } of kinds.values()) {
    const first = kept[rest];
    if (count <= MAX_OF_A_KIND + 1 || !first) continue;
    kept[rest] = {
      ...first,
      extensions: { ...first.extensions, count: count - MAX_OF_A_KIND },
    };
  }
  return kept;
}
