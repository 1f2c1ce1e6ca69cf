import type {
  ApolloServerPlugin,
  GraphQLRequestContext,
  GraphQLRequestContextWillSendResponse,
} from '@apollo/server';
import type { Context } from '../context.js';
import { collapseErrors } from '../errors/collapse-errors.js';
import { AnswerTooLargeError } from '../limits/answer-budget.js';
import { AnswersBusyError, RETRY_AFTER } from '../limits/answers-under-way.js';
import { sizeOf } from '../limits/answer-size.js';
import { BAD_REQUEST } from '../limits/refusal.js';

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

function refuse(
  { response }: GraphQLRequestContextWillSendResponse<Context>,
  refusal: Refusal,
): void {
  const { message, code } = refusal;
  if (refusal instanceof AnswersBusyError) {
    response.http.status = refusal.status;
    response.http.headers.set('retry-after', RETRY_AFTER);
  } else {
    response.http.status = BAD_REQUEST.status;
  }
  response.body = {
    kind: 'single',
    singleResult: { errors: [{ message, extensions: { code } }] },
  };
}
