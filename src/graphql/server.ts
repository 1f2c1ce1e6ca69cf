import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type ValidationRule } from 'graphql';
import type { Config } from '../config/config.js';
import { cutText } from '../domain/cut-text.js';
import type { Logger } from '../telemetry/logger.js';
import type { OperationMetrics } from '../telemetry/metrics.js';
import type { Context } from './context.js';
import { createDocumentStore } from './document-store.js';
import { formatError } from './errors/format-error.js';
import { guardOperation } from './plugins/guard-operation.js';
import { holdResponse } from './plugins/hold-response.js';
import { limitAnswer } from './plugins/limit-answer.js';
import { logErrors } from './plugins/log-errors.js';
import { observeOperations } from './plugins/observe-operations.js';
import type { DocumentList } from './persisted-documents.js';
import { createSchema } from './schema.js';

export interface GraphqlServerOptions {
  readonly config: Pick<Config, 'introspection' | 'queryLimits'>;
  /** The allow list; null allows all operations. */
  readonly persistedDocuments: DocumentList | null;
  readonly metrics: OperationMetrics;
  readonly logger: Logger;
}

/** Maximum reported errors of a document or of variables; each can quote names. */
const MAX_FAULTS = 20;

/** Maximum characters of Apollo's own log messages, which can quote errors. */
const MAX_LOGGED = 1000;

/** Creates the GraphQL server for the subgraph schema. */
export function createGraphqlServer({
  config: { introspection, queryLimits },
  persistedDocuments,
  metrics,
  logger,
}: GraphqlServerOptions): ApolloServer<Context> {
  const documentStore = createDocumentStore();
  const log = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string) => {
    logger[level](cutText(message, MAX_LOGGED));
  };
  return new ApolloServer<Context>({
    schema: createSchema(),
    formatError,
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    documentStore,
    validationOptions: { maxErrors: MAX_FAULTS },
    executionOptions: { maxCoercionErrors: MAX_FAULTS },
    parseOptions: { maxLexicalTokens: queryLimits.tokens },
    validationRules: [knownOperationsRule],
    // Automatic persisted queries would store documents of any caller.
    persistedQueries: false,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    logger: {
      debug: log('debug'),
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
    },
    plugins: [
      guardOperation({
        persistedDocuments,
        limits: queryLimits,
        isKnown: (text) => documentStore.isKnown(text),
      }),
      holdResponse(),
      limitAnswer(queryLimits.responseBytes),
      logErrors(logger),
      observeOperations(logger, metrics),
      // It wraps every field; headers are set elsewhere.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}

/** Rejects operation types that the schema lacks; graphql-js detects them only at execution. */
const knownOperationsRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return;
    const message = `This schema has no ${node.operation} type; send a query.`;
    context.reportError(new GraphQLError(message, { nodes: [node] }));
  },
});
