import Fastify from 'fastify';
import { toConfig } from '../../build/config/to-config.js';
import { EVERYBODY } from '../../build/domain/caller.js';
import { createLinkRecords } from '../../build/graphql/link-records.js';
import { createGraphqlServer } from '../../build/graphql/server.js';
import { createAuditLog } from '../../build/audit/audit-log.js';
import { toLinkIssueEvent } from '../../build/audit/audit-record.js';
import { createLogger } from '../../build/telemetry/logger.js';
import { createMetrics } from '../../build/telemetry/metrics.js';
import { answerTo } from '../lib/answers.js';
import { timePage } from './time-page.js';
import { contextsOf } from '../peers/same-resolvers.js';

/** The product's server with plugins, limits, log and records, but without HTTP. */
const config = toConfig({
  UPSTREAM: 'jdcloud',
  JDCLOUD_ACCESS_KEY_ID: 'A',
  JDCLOUD_SECRET_ACCESS_KEY: 'B',
});
const logger = createLogger(config.logLevel, { write: () => undefined });
const metrics = createMetrics({ version: '0', isReady: () => true, maxOperationNames: 100 });
const writer = { write: () => Promise.resolve(), close: () => Promise.resolve() };
const audit = createAuditLog({ writer, logger });

/** Answers each operation from memory. */
const client = {
  send: async (operation) => {
    const query = new URLSearchParams(operation.query.map(([name, value]) => [name, value]));
    const { requestId, result } = JSON.parse(answerTo(`/${operation.path.join('/')}?${query}`));
    const now = new Date();
    return { result: operation.parse(result), requestId, sentAt: now, answeredAt: now };
  },
};

const asker = {
  caller: EVERYBODY.id,
  clientAddress: '127.0.0.1',
  httpRequestId: 'in-process',
};
const createContext = contextsOf(client, config.linkReuse, () =>
  createLinkRecords({
    write: (attempt) => audit.record(toLinkIssueEvent(attempt, asker)),
    onWritten: metrics.links.ended,
  }),
);

const apollo = createGraphqlServer({
  http: Fastify(),
  config,
  persistedDocuments: null,
  metrics: metrics.operations,
  logger,
});
await apollo.start();
await timePage(apollo, createContext);
