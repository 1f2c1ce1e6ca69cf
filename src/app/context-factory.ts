import type { Config } from '../config/config.js';
import type { Context } from '../graphql/context.js';
import { createLinkRecords } from '../graphql/link-records.js';
import {
  type AnswerBudget,
  AnswerTooLargeError,
  createAnswerBudget,
} from '../graphql/limits/answer-budget.js';
import { createAnswersUnderWay } from '../graphql/limits/answers-under-way.js';
import { authorizedLoaders } from '../graphql/loaders/authorized-loaders.js';
import { createEngineMemory } from '../graphql/loaders/engine-of.js';
import { createFilterMemory } from '../graphql/loaders/filter-memory.js';
import { createLoaders } from '../graphql/loaders/loaders.js';
import type { LinkSource } from '../links/link-source.js';
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
  const engines = createEngineMemory();
  const filters = createFilterMemory();
  const { responseBytes } = queryLimits;
  const answers = createAnswersUnderWay({ maxBytes: responseBytes });
  // The files of all backups are known before the first link is issued.
  const issueFor =
    (answer: AnswerBudget): LinkSource['issue'] =>
    (request, options) =>
      answer.isRefused()
        ? Promise.reject(new AnswerTooLargeError(responseBytes))
        : links.issue(request, options);
  return ({ caller, clientAddress, scope, signal }) => {
    const call = { callerId: caller.id, signal, scope };
    const answer = createAnswerBudget(responseBytes, answers.open(caller.id, signal));
    const sources = {
      client,
      operations,
      links: { ...links, issue: issueFor(answer) },
      engines,
      filters,
      call,
      regionSource,
      limits: queryLimits,
    };
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
      loaders: authorizedLoaders(createLoaders(sources), caller, regionSource),
      records: createLinkRecords({
        write: (attempt) => audit.record(toLinkIssueEvent(attempt, asker)),
        onWritten: (outcome, count) => {
          metrics.links.ended(outcome, count);
        },
      }),
    };
  };
}
