import { setMaxListeners } from 'node:events';
import { EVERYBODY } from '../../build/domain/caller.js';
import { createAnswerMemory } from '../../build/graphql/limits/answer-memory.js';
import { createLoaders } from '../../build/graphql/loaders/loaders.js';
import { createSchema } from '../../build/graphql/schema.js';
import { createReusingLinkSource } from '../../build/links/reusing-link-source.js';
import { createRequestScope } from '../../build/telemetry/request-scope.js';
import { createUpstreamClient } from '../../build/upstream/client.js';
import { createLinkIssuer } from '../../build/upstream/link-issuer.js';
import { createOperations } from '../../build/upstream/operations/create-operations.js';
import { createReplyMemory } from '../../build/upstream/reply-memory.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const TIMEOUT_MS = 10_000;
const MAX_RESPONSE_BYTES = 10_485_760;
const limits = { links: 100, upstreamCalls: 300 };

export const schema = createSchema();
// Compiled plans await only what resolvers return.
schema.getType('BackupConnection').getFields().totalCount.resolve = ({ totalCount }) => totalCount;

/** The product's client with the measured settings. */
export function createClient(origin) {
  return createUpstreamClient({
    origin,
    credentials: { accessKeyId: 'JDC_BENCH', secretAccessKey: { reveal: () => 'SECRET' } },
    timeoutMs: TIMEOUT_MS,
    attemptTimeoutMs: 4000,
    maxRetries: 2,
    maxConcurrency: 256,
    budget: { take: () => 0 },
    memory: createReplyMemory(),
    logger: silent,
  });
}

const NO_RECORDS = { add() {}, settled: async () => [] };
const keepNone = () => NO_RECORDS;

/**
 * Creates contexts for the product's resolvers in another server: the same loaders, client and link
 * reuse, without query limits, log, metrics and tokens, and by default without records.
 */
export function contextsOf(client, reuse, recordLinks = keepNone) {
  const issue = createLinkIssuer({ client, downloadUrlPath: 'auto', timeoutMs: TIMEOUT_MS });
  const links = createReusingLinkSource({
    issue,
    reuse,
    now: () => Date.now(),
  });
  const operations = createOperations({ timeZone: '+08:00' });
  const loadersOf = createLoaders({ client, links, operations, limits });
  const openAnswer = createAnswerMemory(MAX_RESPONSE_BYTES);
  return () => {
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    const scope = createRequestScope('bench', null);
    const answer = openAnswer(EVERYBODY.id, signal);
    return {
      caller: EVERYBODY,
      scope,
      mySqlLinkExpiry: 'fixed',
      publicLinks: true,
      answer,
      records: recordLinks(),
      loaders: loadersOf({ callerId: EVERYBODY.id, signal, scope }, answer),
    };
  };
}
