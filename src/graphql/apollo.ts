import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.js';
import { cutText } from '../domain/cut-text.js';
import type { Logger } from '../telemetry/logger.js';
import type { OperationMetrics } from '../telemetry/metrics/operation-metrics.js';
import type { Context } from './context.js';
import { createDocumentStore } from './document-store.js';
import { emptyOperationNamePlugin } from './empty-operation-name-plugin.js';
import { createFormatError } from './errors/format-error.js';
import { knownOperationsRule } from './known-operations-rule.js';
import { boundedAnswerPlugin } from './limits/bounded-answer-plugin.js';
import { documentLimitsPlugin } from './limits/document-limits-plugin.js';
import { maxAliasesRule } from './limits/max-aliases-rule.js';
import { maxDepthRule } from './limits/max-depth-rule.js';
import { maxSchemaAliasesRule } from './limits/max-schema-aliases-rule.js';
import { operationLimitsPlugin } from './limits/operation-limits-plugin.js';
import { linkOverGetPlugin } from './link-over-get-plugin.js';
import { logErrorsPlugin } from './log-errors-plugin.js';
import { logOperationsPlugin } from './log-operations-plugin.js';
import { measureOperationsPlugin } from './measure-operations-plugin.js';
import { allowListPlugin } from './persisted-operations/allow-list-plugin.js';
import type { OperationList } from './persisted-operations/operation-list.js';
import { createSchema } from './schema.js';
import { traceOperationsPlugin } from './trace-operations-plugin.js';

export interface ApolloOptions {
  /** Drained when the server stops. */
  readonly http: FastifyInstance;
  readonly config: Pick<Config, 'http' | 'introspection' | 'queryLimits'>;
  /** Only these run, unless null. */
  readonly persistedOperations: OperationList | null;
  readonly metrics: OperationMetrics;
  readonly logger: Logger;
}

/** Faults of one document, or of the variables of one request, that are told; each may quote names. */
const MAX_FAULTS = 20;

/** Characters of what Apollo logs by itself; it may quote an error. */
const MAX_LOGGED = 1000;

/** The GraphQL server over the subgraph schema. */
export function createApollo({
  http,
  config: {
    http: { shutdownGraceMs },
    introspection,
    queryLimits,
  },
  persistedOperations,
  metrics,
  logger,
}: ApolloOptions): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema: createSchema(),
    formatError: createFormatError(queryLimits.selections),
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    documentStore: createDocumentStore(),
    validationOptions: { maxErrors: MAX_FAULTS },
    executionOptions: { maxCoercionErrors: MAX_FAULTS },
    parseOptions: { maxLexicalTokens: queryLimits.tokens },
    // Apollo checks it before the rules below, which so read only documents of a bounded size.
    maxRecursiveSelections: queryLimits.selections,
    validationRules: [
      knownOperationsRule,
      maxDepthRule(queryLimits.depth),
      maxAliasesRule(queryLimits.aliases),
      maxSchemaAliasesRule,
    ],
    // Automatic persisted queries would keep documents any caller sends.
    persistedQueries: false,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    logger: {
      debug: (message: string) => {
        logger.debug(cutText(message, MAX_LOGGED));
      },
      info: (message: string) => {
        logger.info(cutText(message, MAX_LOGGED));
      },
      warn: (message: string) => {
        logger.warn(cutText(message, MAX_LOGGED));
      },
      error: (message: string) => {
        logger.error(cutText(message, MAX_LOGGED));
      },
    },
    plugins: [
      // It also ends connections that never sent a request, which closing alone waits for.
      ApolloServerPluginDrainHttpServer({
        httpServer: http.server,
        stopGracePeriodMillis: shutdownGraceMs,
      }),
      emptyOperationNamePlugin(),
      persistedOperations
        ? allowListPlugin(persistedOperations)
        : documentLimitsPlugin(queryLimits),
      boundedAnswerPlugin(queryLimits.responseBytes),
      linkOverGetPlugin(),
      operationLimitsPlugin(queryLimits),
      logErrorsPlugin(logger),
      logOperationsPlugin(logger),
      measureOperationsPlugin(metrics),
      traceOperationsPlugin(metrics),
      // It wraps every field; headers are set in one place instead.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}
