import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from '../telemetry/logger.js';
import type { Context } from './context.js';
import { formatError } from './format-error.js';
import { logErrorsPlugin } from './log-errors-plugin.js';
import { createSchema } from './schema.js';

/** The GraphQL server over the subgraph schema; drains `http` when it stops. */
export function createApollo(http: FastifyInstance, logger: Logger): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema: createSchema(),
    formatError,
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
      fastifyApolloDrainPlugin(http),
      logErrorsPlugin(logger),
      // It wraps every field; headers are set in one place instead.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}
