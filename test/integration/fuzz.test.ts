import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startProductAt } from '../helpers/product.js';
import type { AnswerError, GraphqlAnswer } from '../helpers/service.js';
import { hostileDocument, hostileText, hostileValue } from '../helpers/hostile.js';
import type { ScriptedCall } from '../helpers/scripted-call.js';
import { ok } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { backupRow, instanceRow } from '../helpers/upstream-rows.js';

const FILES = ['shop.bak', '订单 a+b.bak'];

// Stack traces cost more than everything else here, and nobody reads them.
const { stackTraceLimit } = Error;

Error.stackTraceLimit = 0;
const places = { instanceId: 'i-1', regionId: 'cn-north-1' };
const upstream = await startScriptedUpstream({
  instances: [instanceRow(places)],
  backups: Array.from({ length: 12 }, (_, i) =>
    backupRow({ ...places, backupId: `b-${i}`, backupFiles: FILES }),
  ),
});
upstream.handle(
  'describeBackupDownloadURL',
  ok({ publicURL: 'https://oss.example/k?Signature=LINKSIG', internalURL: '' }),
);
const product = await startProductAt(upstream.origin, {
  UPSTREAM_MAX_PER_MINUTE: '1000000',
  // As by default for the cloud.
  LIST_REUSE_MS: '1000',
  LOG_LEVEL: 'warn',
});

afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

function send(request: object): Promise<GraphqlAnswer<any>> {
  upstream.reset();
  return product.post(request);
}

/** Invariants of every request. */
async function check(request: object): Promise<void> {
  let answer = await send(request);
  // A call in progress during an earlier response may arrive only now, once.
  if (answer.data === undefined && upstream.calls().length > 0) answer = await send(request);
  expect(faultsOf(answer)).toEqual([]);
}

function faultsOf({ status, text, data, errors }: GraphqlAnswer<any>): string[] {
  const calls = upstream.calls();
  const faults: [what: string, found: boolean][] = [
    [`status ${status}`, status !== 200 && status !== 400],
    ['an internal error', /INTERNAL_SERVER_ERROR|node_modules/.test(text)],
    ['a secret', /TESTSECRET|JDC_TESTKEY/.test(text)],
    ['an error without words or code', errors.some(isBare)],
    ['a refusal without a reason', data === undefined && errors.length === 0],
    ['calls for a refused query', data === undefined && calls.length > 0],
    ['more calls than one query may make', calls.length > 300],
    ['a call of no operation', calls.some(({ operation }) => operation === 'unknown')],
    ['a link of what does not exist', calls.some(isStrayLink)],
  ];
  return faults.filter(([, found]) => found).map(([what]) => what);
}

function isBare({ message, extensions }: AnswerError): boolean {
  return message === '' || typeof extensions.code !== 'string';
}

function isStrayLink({ operation, regionId, backupId, query }: ScriptedCall): boolean {
  if (operation !== 'describeBackupDownloadURL') return false;
  const isKnown = regionId === 'cn-north-1' && /^b-\d+$/.test(backupId ?? '');
  return !isKnown || !FILES.includes(query['fileName'] ?? '');
}

/** On a failure fast-check prints the seed; FUZZ_SEED repeats it. */
const { FUZZ_SEED: seed, FUZZ_RUNS } = process.env;
const RUNS = Number(FUZZ_RUNS ?? 150);
const runs = (numRuns: number): fc.Parameters<unknown> => ({
  numRuns,
  ...(seed !== undefined && { seed: Number(seed) }),
  plugins: [fc.interruptAfterTimeLimit(230_000, { failOnInterrupt: true })],
});

describe('invalid input gets an error that names it, and breaks nothing,', () => {
  it('in documents', async () => {
    const variables = fc.option(
      fc.record({ a: hostileValue, b: hostileValue, c: hostileValue }, { requiredKeys: [] }),
      { nil: undefined },
    );
    const operationName = fc.constantFrom(undefined, undefined, undefined, 'Q', 'toString', '');
    await fc.assert(
      fc.asyncProperty(hostileDocument, variables, operationName, async (query, given, name) => {
        await check({ query, variables: given, operationName: name });
      }),
      runs(RUNS),
    );
  }, 240_000);

  it('in ids and file names', async () => {
    const document = `query ($id: ID!, $file: String, $region: ID!, $r: [_Any!]!) {
      backup(id: $id) { downloadURL(fileName: $file) { __typename } }
      known: backup(id: "cn-north-1/i-1/b-1") { name downloadURL(fileName: $file) { __typename } }
      instance(regionId: $region, instanceId: $id) { id }
      backups(regionId: $region, instanceId: "i-1", after: $file, filter: { databaseName: $file }) { totalCount }
      _entities(representations: $r) { ... on Backup { id } }
    }`;
    const text = fc.record({ id: hostileText, file: hostileText, region: hostileText });
    await fc.assert(
      fc.asyncProperty(text, hostileValue, async ({ id, file, region }, r) => {
        await check({ query: document, variables: { id, file, region, r } });
        if (!FILES.includes(file)) {
          expect(upstream.calls('describeBackupDownloadURL')).toHaveLength(0);
        }
      }),
      runs(RUNS),
    );
  }, 240_000);

  it('and the next request is served', async () => {
    const { data } = await send({ query: '{ backup(id: "cn-north-1/i-1/b-1") { name } }' });
    expect(data).toEqual({ backup: { name: 'nightly' } });
    expect(product.log.join('')).not.toMatch(/LINKSIG|TESTSECRET|"level":50/);
  });
});
