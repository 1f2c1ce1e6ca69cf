import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../src/telemetry/logger.js';
import type { UpstreamClient } from '../../src/upstream/client.js';
import { describeBackupDownloadUrl } from '../../src/upstream/operations/describe-backup-download-url.js';
import type { LimitDecrease } from '../../src/upstream/policy/concurrency-limit.js';
import { type Product, startProductAt } from '../helpers/product.js';
import { fail, ok } from '../helpers/scripted-replies.js';
import { type ScriptedUpstream, startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { testClient } from '../helpers/upstream-client.js';
import { backupRow, instanceRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const LINK = ok({ publicURL: 'https://oss.example/k', internalURL: '' });
const BUSY = fail(429, 'RATE_LIMIT');
const PLACES = 40;
const START = 64;
const linkOf = (index: number) =>
  describeBackupDownloadUrl(
    { backup: { regionId: 'cn-north-1', instanceId: 'sql-1', backupId: `bk-${index}` } },
    'resource',
  );

let upstream: ScriptedUpstream;
let refused: number;

beforeEach(async () => {
  upstream = await startScriptedUpstream({
    instances: [instanceRow()],
    backups: Array.from({ length: 50 }, (_, index) => backupRow({ backupId: `bk-${index}` })),
  });
  refused = 0;
  takeAtATime(PLACES, START);
});

/**
 * Makes the upstream take `places` link calls at a time, and refuse the others at once. The first
 * are answered when `atFirst` have come, so that these overlap on any machine.
 */
function takeAtATime(places: number, atFirst = 0): void {
  let running = 0;
  let arrived = 0;
  let allArrived = (): void => undefined;
  const first = new Promise<void>((resolve) => (allArrived = resolve));
  upstream.handle('describeBackupDownloadURL', async () => {
    arrived += 1;
    if (arrived >= atFirst) allArrived();
    if (running === places) {
      refused += 1;
      return BUSY;
    }
    running += 1;
    await first;
    await new Promise((resolve) => setTimeout(resolve, 10));
    running -= 1;
    return LINK;
  });
}

function connect(options: Partial<Parameters<typeof testClient>[0]> = {}): UpstreamClient {
  return testClient({
    origin: upstream.origin,
    timeoutMs: 40_000,
    // Of a busy machine.
    attemptTimeoutMs: 40_000,
    maxRetries: 10,
    maxConcurrency: 256,
    ...options,
  });
}

/** Requests `count` links and returns how many came. */
async function links(client: UpstreamClient, count: number): Promise<number> {
  const sends = Array.from({ length: count }, (_, index) => client.send(linkOf(index)));
  const ends = await Promise.allSettled(sends);
  return ends.filter(({ status }) => status === 'fulfilled').length;
}

describe('a client of an upstream that takes 40 calls at a time', () => {
  it('finds that out by few refusals, and loses no link', async () => {
    const decreases: LimitDecrease[] = [];
    const client = connect({ onLimitDecrease: (decrease) => decreases.push(decrease) });
    expect(client.status().concurrencyLimit).toBe(START);
    expect(await links(client, START)).toBe(START);
    expect(decreases).toMatchObject([{ cause: 'throttled', from: START, to: START / 2 }]);
    expect(refused).toBe(START - PLACES);

    const atFirst = refused;
    upstream.reset();
    expect(await links(client, 600)).toBe(600);
    expect(refused - atFirst).toBeLessThan(0.05 * 600);
    expect(upstream.calls()).toHaveLength(600 + refused - atFirst);
  });

  it('logs the first decrease and not each', async () => {
    const lines: string[] = [];
    const client = connect({
      logger: createLogger('info', { write: (line) => void lines.push(line) }),
    });
    await links(client, START);
    takeAtATime(1, START / 4);
    await links(client, START);
    const decreases = lines.filter((line) => line.includes('lowered the limit'));

    expect(decreases).toHaveLength(1);
    expect(JSON.parse(decreases[0]!)).toMatchObject({
      cause: 'throttled',
      operation: 'describeBackupDownloadURL',
      from: START,
      to: START / 2,
      count: 1,
    });
  });
});

describe('the metrics', () => {
  it('show the limit, and a burst of refusals as one decrease', async () => {
    const product: Product = await startProductAt(upstream.origin, {
      JDCLOUD_DOWNLOAD_URL_PATH: 'resource',
      UPSTREAM_MAX_RETRIES: '0',
    });
    const metric = async (name: string): Promise<number> => {
      const text = await product.metrics();
      const line = text
        .split('\n')
        .find((one) => one.startsWith(`backup_graphql_upstream_${name} `));
      return Number(line?.split(' ').at(-1) ?? 0);
    };
    expect(await metric('concurrency_limit')).toBe(64);

    // All of a page are in flight when the first is refused.
    const held: (() => void)[] = [];
    upstream.handle('describeBackupDownloadURL', async () => {
      await new Promise<void>((resolve) => {
        held.push(resolve);
        if (held.length === 50) for (const answer of held) answer();
      });
      return BUSY;
    });
    const { errors } = await product.query(`{
      backups(regionId: "${REGION}", instanceId: "${SQL_INSTANCE}", first: 50) {
        nodes { downloadURL(fileName: "shop.bak") { __typename } }
      }
    }`);

    expect(errors).toHaveLength(50);
    expect(await metric('concurrency_limit')).toBe(32);
    expect(await metric('limit_decreases_total{cause="throttled"}')).toBe(1);
  });
});
