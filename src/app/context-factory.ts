import type { Config } from '../config/config.js';
import type { Context } from '../graphql/context.js';
import { createLinkRecords } from '../graphql/link-records.js';
import { createAnswerMemory } from '../graphql/limits/answer-memory.js';
import { authorizedLoaders } from '../graphql/loaders/authorized-loaders.js';
import { createLoaders } from '../graphql/loaders/loaders.js';
import type { RequestFacts } from '../http/routes.js';
import { toLinkIssueEvent } from '../audit/audit-record.js';
import { createOperations } from '../upstream/operations/create-operations.js';
import type { Observers, UpstreamSide } from './connect-upstream.js';

/**
 * Creates the context of a request: loaders restricted to what its caller can access, and its
 * records.
 */
export function createContextFactory(
  { mySqlLinkExpiry, publicLinks, queryLimits, upstream: { timeZone } }: Config,
  { client, links, regionSource }: UpstreamSide,
  { audit, metrics }: Observers,
): (request: RequestFacts) => Context {
  const operations = createOperations({ timeZone });
  const loadersOf = createLoaders({ client, links, operations, regionSource, limits: queryLimits });
  const openAnswer = createAnswerMemory(queryLimits.responseBytes);
  return ({ caller, clientAddress, scope, signal }) => {
    const answer = openAnswer(caller.id, signal);
    const loaders = loadersOf({ callerId: caller.id, signal, scope }, answer);
    const asker = {
      caller: caller.id,
      clientAddress,
      httpRequestId: scope.requestId,
    };
    return {
      caller,
      scope,
      mySqlLinkExpiry,
      publicLinks,
      answer,
      loaders: authorizedLoaders(loaders, caller, regionSource),
      records: createLinkRecords({
        write: (attempt) => audit.record(toLinkIssueEvent(attempt, asker)),
        onWritten: (outcome, count) => {
          metrics.links.ended(outcome, count);
        },
      }),
    };
  };
}
