import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/closing.js';
import { heapInUse } from '../helpers/heap.js';
import { useProduct } from '../helpers/product.js';
import { rawRequest } from '../helpers/raw-request.js';
import { graphqlRequest, requestHead } from '../helpers/request-shapes.js';
import { backupRow, instanceRow } from '../helpers/upstream-rows.js';

const MIB = 1024 * 1024;

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
const dir = temporaryFolder();
const audit = join(dir, 'audit.log');
const places = { instanceId: 'i-1', regionId: 'cn-north-1' };
const { product, upstream } = await useProduct({
  instances: [instanceRow(places)],
  backups: Array.from({ length: 20 }, (_, i) =>
    backupRow({
      ...places,
      backupId: `b-${i}`,
      backupFiles: Array.from({ length: 30 }, (__, j) => `db-${j}.bak`),
    }),
  ),
  env: {
    AUDIT_LOG: audit,
    MAX_RESPONSE_BYTES: String(BOUNDS.answer),
    UPSTREAM_MAX_PER_MINUTE: '1000000',
    LOG_LEVEL: 'info',
  },
});

afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

interface Answer {
  readonly status: number;
  readonly bytes: number;
  /** The size of the errors in it. */
  readonly errorBytes: number;
}

async function post(body: string): Promise<Answer> {
  const { status, text, errors } = await product.post(body);
  const errorBytes = Buffer.byteLength(JSON.stringify(errors));
  return { status, bytes: Buffer.byteLength(text), errorBytes };
}

async function sendHead(head: string): Promise<Answer> {
  const answer = await rawRequest(product.origin, head);
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
  return { status: Number(status), bytes: Buffer.byteLength(answer), errorBytes: 0 };
}

/** The bounds a request exceeded, in words; usually none. */
async function excessOf(sent: number, send: () => Promise<Answer>): Promise<string[]> {
  const audited = (await stat(audit)).size;
  const logged = product.log.length;
  const cpu = process.cpuUsage();
  const { status, bytes, errorBytes } = await send();
  const { user, system } = process.cpuUsage(cpu);
  const logBytes = Buffer.byteLength(product.log.slice(logged).join(''));
  (product.log as string[]).length = 0;
  upstream.reset();
  const auditBytes = (await stat(audit)).size - audited;
  const isOver = (found: number, { each, beside }: { each: number; beside: number }) =>
    found > each * sent + beside;
  const faults: [what: string, found: boolean][] = [
    [`status ${status}`, !(status >= 200 && status < 500)],
    [`${bytes} bytes of answer`, bytes > BOUNDS.answer],
    [`${errorBytes} bytes of errors for ${sent}`, isOver(errorBytes, BOUNDS.errors)],
    [`${logBytes} bytes of log for ${sent}`, isOver(logBytes, BOUNDS.log)],
    [`${auditBytes} bytes of audit for ${sent}`, isOver(auditBytes, BOUNDS.audit)],
    [`${(user + system) / 1000} ms of processor`, (user + system) / 1000 > BOUNDS.cpu],
  ];
  return faults.filter(([, found]) => found).map(([what]) => what);
}

/**
 * `npm run fuzz` sets FUZZ_RUNS, and each of its runs makes new requests; on a failure fast-check
 * prints the seed, and FUZZ_SEED repeats it. Otherwise the requests are the same each time.
 */
const { FUZZ_RUNS, FUZZ_SEED = FUZZ_RUNS === undefined ? '1' : undefined } = process.env;
const numRuns = Number(FUZZ_RUNS ?? 100);
const MS_PER_RUN = 1000;
const timeout = 120_000 + numRuns * MS_PER_RUN;
const runs = (times: number): fc.Parameters<unknown> => ({
  numRuns: times,
  ...(FUZZ_SEED !== undefined && { seed: Number(FUZZ_SEED) }),
});

describe('memory and time for a request stay within a small multiple of its size, or a setting,', () => {
  it(
    'for documents and variables, and are released',
    async () => {
      const check = (times: number) =>
        fc.assert(
          fc.asyncProperty(graphqlRequest, async (request) => {
            const body = JSON.stringify(request);
            expect(await excessOf(Buffer.byteLength(body), () => post(body))).toEqual([]);
          }),
          runs(times),
        );
      // Loads what is loaded once.
      await check(20);
      const before = heapInUse();
      await check(numRuns);
      expect(heapInUse() - before).toBeLessThan(BOUNDS.heap);
    },
    timeout,
  );

  it(
    'for headers and paths, and are released',
    async () => {
      const before = heapInUse();
      await fc.assert(
        fc.asyncProperty(requestHead, async (head) => {
          expect(await excessOf(head.length, () => sendHead(head))).toEqual([]);
        }),
        runs(numRuns),
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
