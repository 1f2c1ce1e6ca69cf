import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { mayRead } from '../../domain/caller.js';
import type { Logger } from '../../telemetry/logger.js';
import type { OperationEnd, OperationMetrics } from '../../telemetry/metrics.js';
import type { Span } from '../../telemetry/tracing.js';
import type { Context } from '../context.js';

type Request = GraphQLRequestContextWillSendResponse<Context>;

/** Maximum length, in characters, of logged text that callers choose. */
const MAX_TEXT = 128;

/**
 * Logs, counts and traces each operation, executed or rejected. The operation's span is between
 * that of its HTTP request and those of its upstream calls.
 */
export function observeOperations(
  logger: Logger,
  metrics: OperationMetrics,
): ApolloServerPlugin<Context> {
  return {
    requestDidStart({ contextValue: { scope } }) {
      const startedAt = performance.now();
      const span = scope.span?.child('operation', 'internal');
      if (span) scope.span = span;
      return Promise.resolve({
        willSendResponse(request) {
          const end = toOperationEnd(request);
          logOperation(logger, request, end);
          metrics.ended(end, (performance.now() - startedAt) / 1000);
          if (span) endSpan(span, end, metrics.nameOf(end));
          return Promise.resolve();
        },
      });
    },
  };
}

/** The recorded properties of an operation; none from its arguments. */
function toOperationEnd({
  operation,
  operationName,
  response: { body },
  contextValue: { caller },
}: Request): OperationEnd {
  const { data, errors = [] } = body.kind === 'single' ? body.singleResult : body.initialResult;
  const codes = errors.map(({ extensions }) => toCode(extensions?.['code']));
  return {
    name: operationName ?? null,
    type: operation?.operation ?? null,
    codes: [...new Set(codes)],
    isNameKept: data !== undefined && mayRead(caller),
  };
}

function toCode(code: unknown): string {
  return typeof code === 'string' ? code : 'UNKNOWN';
}

function logOperation(logger: Logger, request: Request, { name, type, codes }: OperationEnd): void {
  const { caller, scope } = request.contextValue;
  scope.isLogged = true;
  logger.info(
    {
      httpRequestId: scope.requestId,
      operation: name?.slice(0, MAX_TEXT),
      type,
      caller: caller.isKnown ? caller.id.slice(0, MAX_TEXT) : undefined,
      status: request.response.http.status ?? 200,
      durationMs: Math.round(performance.now() - scope.startedAt),
      codes,
      upstreamCalls: Object.fromEntries(scope.upstreamCalls),
    },
    'operation',
  );
}

function endSpan(span: Span, { type, codes }: OperationEnd, name: string): void {
  const kind = type ?? 'operation';
  span.end({
    name: `${kind} ${name}`,
    attributes: { 'graphql.operation.type': kind, 'graphql.operation.name': name },
    error: codes[0],
  });
}
