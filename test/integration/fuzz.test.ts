import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { temporaryFolder } from '../helpers/closing.js';
import { hostileText, hostileValue } from '../helpers/hostile.js';
import { useProduct } from '../helpers/product.js';
import { rawRequest } from '../helpers/raw-request.js';
import { graphqlRequest, requestHead } from '../helpers/request-shapes.js';
import type { ScriptedCall } from '../helpers/scripted-call.js';
import { ok } from '../helpers/scripted-replies.js';
import type { AnswerError, GraphqlAnswer } from '../helpers/service.js';
import { backupRow, instanceRow } from '../helpers/upstream-rows.js';

const MIB = 1024 * 1024;
const FILES = ['订单 a+b.bak', ...Array.from({ length: 30 }, (_, i) => `db-${i}.bak`)];

/** The most one request may cost: far above normal, far below harmful. */
const BOUNDS = {
  /** Bytes of the response, as set. */
  answer: 2 * MIB,
  /** Bytes of errors, log and audit records for each byte of the request, and in addition. */
  errors: { each: 4, beside: 128 * 1024 },
  log: { each: 1, beside: 16 * 1024 },
  audit: { each: 1, beside: 128 * 1024 },
  /** Milliseconds of CPU time on a slow machine, including the test's own. */
  cpu: 15_000,
  /** Heap bytes all requests together may leave in use: the limits of the stores. */
  heap: 64 * MIB,
};

// Stack traces cost more than everything else here, and nobody reads them.
const { stackTraceLimit } = Error;
Error.stackTraceLimit = 0;
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

const audit = join(temporaryFolder(), 'audit.log');
const places = { instanceId: 'i-1', regionId: 'cn-north-1' };
const { product, upstream } = await useProduct({
  instances: [instanceRow(places)],
  backups: Array.from({ length: 20 }, (_, i) =>
    backupRow({ ...places, backupId: `b-${i}`, backupFiles: FILES }),
  ),
  handlers: {
    describeBackupDownloadURL: ok({
      publicURL: 'https://oss.example/k?Signature=LINKSIG',
      internalURL: '',
    }),
  },
  env: {
    AUDIT_LOG: audit,
    MAX_RESPONSE_BYTES: String(BOUNDS.answer),
    UPSTREAM_MAX_PER_MINUTE: '1000000',
    // As by default for the cloud.
    LIST_REUSE_MS: '1000',
    LOG_LEVEL: 'info',
  },
});

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapInUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

type Faults = readonly (readonly [what: string, isFound: boolean])[];

/** Sends a request of some bytes; returns in words what it broke or exceeded, usually nothing. */
async function faultsOf(sent: number, send: () => Promise<Faults>): Promise<string[]> {
  upstream.reset();
  const audited = (await stat(audit)).size;
  const logged = product.log.length;
  const cpu = process.cpuUsage();
  const faults = await send();
  const { user, system } = process.cpuUsage(cpu);
  const log = product.log.slice(logged).join('');
  (product.log as string[]).length = 0;
  const auditBytes = (await stat(audit)).size - audited;
  const all: Faults = [
    ...faults,
    ['a secret or a fault in the log', /LINKSIG|TESTSECRET|"level":50/.test(log)],
    [`${log.length} bytes of log for ${sent}`, isOver(log.length, sent, BOUNDS.log)],
    [`${auditBytes} bytes of audit for ${sent}`, isOver(auditBytes, sent, BOUNDS.audit)],
    [`${(user + system) / 1000} ms of processor`, (user + system) / 1000 > BOUNDS.cpu],
  ];
  return all.filter(([, isFound]) => isFound).map(([what]) => what);
}

const isOver = (found: number, sent: number, { each, beside }: { each: number; beside: number }) =>
  found > each * sent + beside;

async function check(request: object): Promise<void> {
  const body = JSON.stringify(request);
  const sent = Buffer.byteLength(body);
  const faults = await faultsOf(sent, async () => {
    const answer = await product.post(body);
    return faultsIn(answer, sent);
  });
  expect(faults).toEqual([]);
}

/** Invariants of every GraphQL request. */
function faultsIn({ status, text, data, errors }: GraphqlAnswer<any>, sent: number): Faults {
  const calls = upstream.calls();
  const errorBytes = Buffer.byteLength(JSON.stringify(errors));
  return [
    [`status ${status}`, ![200, 400, 413].includes(status)],
    ['an internal error', /INTERNAL_SERVER_ERROR|node_modules/.test(text)],
    ['a secret', /TESTSECRET|JDC_TESTKEY/.test(text)],
    ['an error without words or code', errors.some(isBare)],
    ['a refusal without a reason', data === undefined && errors.length === 0],
    ['calls for a refused query', data === undefined && calls.some(isLink)],
    ['more calls than one query may make', calls.length > 300],
    ['a call of no operation', calls.some(({ operation }) => operation === 'unknown')],
    ['a link of what does not exist', calls.some(isStrayLink)],
    ['a large answer', Buffer.byteLength(text) > BOUNDS.answer],
    [`${errorBytes} bytes of errors for ${sent}`, isOver(errorBytes, sent, BOUNDS.errors)],
  ];
}

const isBare = ({ message, extensions }: AnswerError): boolean =>
  message === '' || typeof extensions.code !== 'string';

const isLink = ({ operation }: ScriptedCall): boolean => operation === 'describeBackupDownloadURL';

function isStrayLink(call: ScriptedCall): boolean {
  const isKnown = call.regionId === 'cn-north-1' && /^b-\d+$/.test(call.backupId ?? '');
  return isLink(call) && !(isKnown && FILES.includes(call.query['fileName'] ?? ''));
}

/**
 * `npm run fuzz` sets FUZZ_RUNS, and each of its runs makes new requests; on a failure fast-check
 * prints the seed, and FUZZ_SEED repeats it. Otherwise the requests are the same each time.
 */
const { FUZZ_RUNS, FUZZ_SEED = FUZZ_RUNS === undefined ? '1' : undefined } = process.env;
const numRuns = Number(FUZZ_RUNS ?? 100);
const MS_PER_RUN = 1000;
const timeout = 120_000 + numRuns * MS_PER_RUN;
const runs = (times = numRuns): fc.Parameters<unknown> => ({
  numRuns: times,
  ...(FUZZ_SEED !== undefined && { seed: Number(FUZZ_SEED) }),
});

describe('hostile requests break nothing, cost no more than a small multiple of their size,', () => {
  it(
    'and leave nothing behind: documents and variables',
    async () => {
      const property = fc.asyncProperty(graphqlRequest, check);
      // Loads what is loaded once.
      await fc.assert(property, runs(20));
      const before = heapInUse();
      await fc.assert(property, runs());
      expect(heapInUse() - before).toBeLessThan(BOUNDS.heap);
    },
    timeout,
  );

  it(
    'and leave nothing behind: ids and file names',
    async () => {
      const query = `query ($id: ID!, $file: String, $region: ID!, $r: [_Any!]!) {
        backup(id: $id) { downloadURL(fileName: $file) { __typename } }
        known: backup(id: "cn-north-1/i-1/b-1") { name downloadURL(fileName: $file) { __typename } }
        instance(regionId: $region, instanceId: $id) { id }
        backups(regionId: $region, instanceId: "i-1", after: $file, filter: { databaseName: $file }) { totalCount }
        _entities(representations: $r) { ... on Backup { id } }
      }`;
      const text = fc.record({ id: hostileText, file: hostileText, region: hostileText });
      await fc.assert(
        fc.asyncProperty(text, hostileValue, (values, r) =>
          check({ query, variables: { ...values, r } }),
        ),
        runs(),
      );
    },
    timeout,
  );

  it(
    'and leave nothing behind: headers and paths',
    async () => {
      const before = heapInUse();
      await fc.assert(
        fc.asyncProperty(requestHead, async (head) => {
          const faults = await faultsOf(head.length, async () => {
            const answer = await rawRequest(product.origin, head);
            const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
            return [
              [`status ${status}`, !(status >= 200 && status < 500)],
              ['a large answer', Buffer.byteLength(answer) > BOUNDS.answer],
            ];
          });
          expect(faults).toEqual([]);
        }),
        runs(),
      );
      expect(heapInUse() - before).toBeLessThan(BOUNDS.heap);
    },
    timeout,
  );

  it('and the next request is served', async () => {
    const { data } = await product.query('{ backup(id: "cn-north-1/i-1/b-1") { name } }');
    expect(data).toEqual({ backup: { name: 'nightly' } });
  });
});
