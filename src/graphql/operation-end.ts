import type { GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { mayRead } from '../domain/caller.js';
import type { OperationEnd } from '../telemetry/metrics/operation-metrics.js';
import type { Context } from './context.js';

/** What log, metrics and traces tell of an operation: nothing that its arguments hold. */
export function toOperationEnd(
  request: GraphQLRequestContextWillSendResponse<Context>,
): OperationEnd {
  const { operation, operationName, response, contextValue } = request;
  const { data, errors = [] } =
    response.body.kind === 'single' ? response.body.singleResult : response.body.initialResult;
  const codes = errors.map(({ extensions }) => toCode(extensions?.['code']));
  return {
    name: operationName ?? null,
    type: operation?.operation ?? null,
    codes: [...new Set(codes)],
    isNameKept: data !== undefined && mayRead(contextValue.caller),
  };
}

function toCode(code: unknown): string {
  return typeof code === 'string' ? code : 'UNKNOWN';
}
