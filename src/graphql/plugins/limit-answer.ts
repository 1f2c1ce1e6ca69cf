import type {
  ApolloServerPlugin,
  GraphQLRequestContext,
  GraphQLRequestContextWillSendResponse,
} from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import type { Context } from '../context.js';
import { collapseErrors } from '../errors/collapse-errors.js';
import { AnswerTooLargeError } from '../limits/answer-budget.js';
import { isLargerThan } from '../limits/answer-size.js';
import { BAD_REQUEST } from '../limits/refusal.js';

/**
 * Bounds a response before it is serialized: hundreds of identical errors become one with a count,
 * and an oversized response is rejected as a whole. Must precede the plugins that report how an
 * operation ended.
 */
export function limitAnswer(maxBytes: number): ApolloServerPlugin<Context> {
  const refused = new AnswerTooLargeError(maxBytes);
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse(request) {
          const { body } = request.response;
          if (body.kind !== 'single') return DONE;
          const { singleResult } = body;
          if (singleResult.errors) singleResult.errors = collapseErrors(singleResult.errors);
          if (brokeBudget(request) || isLargerThan(singleResult, maxBytes))
            refuse(request, refused);
          return DONE;
        },
      }),
  };
}

const DONE = Promise.resolve();

function brokeBudget({ errors = [] }: Pick<GraphQLRequestContext<Context>, 'errors'>): boolean {
  return errors.some((error) => unwrapResolverError(error) instanceof AnswerTooLargeError);
}

function refuse(
  { response }: GraphQLRequestContextWillSendResponse<Context>,
  { message, code }: AnswerTooLargeError,
): void {
  response.http.status = BAD_REQUEST.status;
  response.body = {
    kind: 'single',
    singleResult: { errors: [{ message, extensions: { code } }] },
  };
}
