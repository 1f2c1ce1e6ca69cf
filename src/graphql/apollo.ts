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
import type { Logger } from '../telemetry/logger.js';
import type { OperationMetrics } from '../telemetry/metrics/operation-metrics.js';
import type { Context } from './context.js';
import { createFormatError } from './errors/format-error.js';
import { knownOperationsRule } from './known-operations-rule.js';
import { maxAliasesRule } from './limits/max-aliases-rule.js';
import { maxDepthRule } from './limits/max-depth-rule.js';
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
    parseOptions: { maxLexicalTokens: queryLimits.tokens },
    // Apollo checks it before the rules below, which so read only documents of a bounded size.
    maxRecursiveSelections: queryLimits.selections,
    validationRules: [
      knownOperationsRule,
      maxDepthRule(queryLimits.depth),
      maxAliasesRule(queryLimits.aliases),
    ],
    // Automatic persisted queries would keep documents any caller sends.
    persistedQueries: false,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    logger: {
      debug: (message: string) => {
        logger.debug(message);
      },
      info: (message: string) => {
        logger.info(message);
      },
      warn: (message: string) => {
        logger.warn(message);
      },
      error: (message: string) => {
        logger.error(message);
      },
    },
    plugins: [
      // It also ends connections that never sent a request, which closing alone waits for.
      ApolloServerPluginDrainHttpServer({
        httpServer: http.server,
        stopGracePeriodMillis: shutdownGraceMs,
      }),
      ...(persistedOperations ? [allowListPlugin(persistedOperations)] : []),
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
