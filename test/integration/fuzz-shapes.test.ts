import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heapInUse } from '../helpers/heap.js';
import { type Product, startProductAt } from '../helpers/product.js';
import { rawRequest } from '../helpers/raw-request.js';
import { graphqlRequest, requestHead } from '../helpers/request-shapes.js';
import { type ScriptedUpstream, startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { backupRow, instanceRow } from '../helpers/upstream-rows.js';

const MIB = 1024 * 1024;

/** What one request may cost. Far above what any does, far below what would harm. */
const BOUNDS = {
  /** Bytes of the answer: a setting. */
  answer: 2 * MIB,
  /** Bytes of errors, of the log and of the audit for each byte of the request, and beside them. */
  errors: { each: 4, beside: 128 * 1024 },
  log: { each: 1, beside: 16 * 1024 },
  audit: { each: 1, beside: 128 * 1024 },
  /** Milliseconds of the processor, on a slow machine with the tests' own part in it. */
  cpu: 15_000,
  /** Bytes of the heap that all requests together may leave in use: the bounds of the stores. */
  heap: 64 * MIB,
};

let dir: string;
let audit: string;
let upstream: ScriptedUpstream;
let product: Product;

// Traces of errors cost more than all the rest here, and nobody reads them.
const { stackTraceLimit } = Error;

beforeAll(async () => {
  Error.stackTraceLimit = 0;
  dir = await mkdtemp(join(tmpdir(), 'fuzz-'));
  audit = join(dir, 'audit.log');
  const places = { instanceId: 'i-1', regionId: 'cn-north-1' };
  upstream = await startScriptedUpstream({
    instances: [instanceRow(places)],
    backups: Array.from({ length: 20 }, (_, i) =>
      backupRow({
        ...places,
        backupId: `b-${i}`,
        backupFiles: Array.from({ length: 30 }, (__, j) => `db-${j}.bak`),
      }),
    ),
  });
  product = await startProductAt(upstream.origin, {
    AUDIT_LOG: audit,
    MAX_RESPONSE_BYTES: String(BOUNDS.answer),
    UPSTREAM_MAX_PER_MINUTE: '1000000',
    LOG_LEVEL: 'info',
  });
});

afterAll(async () => {
  Error.stackTraceLimit = stackTraceLimit;
  await product.close();
  await upstream.close();
  await rm(dir, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly bytes: number;
  /** Of the errors in it. */
  readonly errorBytes: number;
}

async function post(body: string): Promise<Answer> {
  const response = await fetch(`${product.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  const { errors = [] } = JSON.parse(text);
  const errorBytes = Buffer.byteLength(JSON.stringify(errors));
  return { status: response.status, bytes: Buffer.byteLength(text), errorBytes };
}

async function sendHead(head: string): Promise<Answer> {
  const answer = await rawRequest(product.origin, head);
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
  return { status: Number(status), bytes: Buffer.byteLength(answer), errorBytes: 0 };
}

/** What a request cost beyond its bounds, in words; nothing of most. */
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
 * `npm run fuzz` sets FUZZ_RUNS, and each of its runs makes other requests; on a failure fast-check says
 * the seed, and FUZZ_SEED runs it again. Else they are the same each time.
 */
const { FUZZ_RUNS, FUZZ_SEED = FUZZ_RUNS === undefined ? '1' : undefined } = process.env;
const numRuns = Number(FUZZ_RUNS ?? 200);
const MS_PER_RUN = 1000;
const timeout = 120_000 + numRuns * MS_PER_RUN;
const runs = (times: number): fc.Parameters<unknown> => ({
  numRuns: times,
  ...(FUZZ_SEED !== undefined && { seed: Number(FUZZ_SEED) }),
});

describe('whatever its shape, a request costs a small multiple of itself, or what a setting allows', () => {
  it(
    'of documents and variables, and leaves nothing behind',
    async () => {
      const check = (times: number) =>
        fc.assert(
          fc.asyncProperty(graphqlRequest, async (request) => {
            const body = JSON.stringify(request);
            expect(await excessOf(Buffer.byteLength(body), () => post(body))).toEqual([]);
          }),
          runs(times),
        );
      // What is loaded and kept once.
      await check(20);
      const before = heapInUse();
      await check(numRuns);
      expect(heapInUse() - before).toBeLessThan(BOUNDS.heap);
    },
    timeout,
  );

  it(
    'of heads and paths, and leaves nothing behind',
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
