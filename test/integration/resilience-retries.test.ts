import { beforeEach, describe, expect, it } from '@jest/globals';
import type { UpstreamClient } from '../../src/upstream/client.js';
import { describeBackupDownloadUrl } from '../../src/upstream/operations/describe-backup-download-url.js';
import { fail, ok } from '../helpers/scripted-replies.js';
import { type ScriptedUpstream, startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { testClient } from '../helpers/upstream-client.js';

const LINK = ok({ publicURL: 'https://oss.example/k', internalURL: '' });
const linkOf = (backupId: string) =>
  describeBackupDownloadUrl(
    { backup: { regionId: 'cn-north-1', instanceId: 'sql-1', backupId } },
    'resource',
  );

let upstream: ScriptedUpstream;
let client: UpstreamClient;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
});
describe('retries', () => {
  it('stay a part of the calls when all fail', async () => {
    client = testClient({ origin: upstream.origin, timeoutMs: 60_000, retryReserve: 32 });
    upstream.handle('describeBackupDownloadURL', fail(500, 'INTERNAL'));
    const sends = Array.from({ length: 200 }, (_, index) => client.send(linkOf(`bk-${index}`)));
    const ends = await Promise.allSettled(sends);
    const retries = upstream.calls().length - 200;

    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
    // A reserve of 32, and one for five calls; without a budget there would be 400.
    expect(retries).toBeGreaterThanOrEqual(32);
    expect(retries).toBeLessThanOrEqual(32 + 40);
  });

  it('hold no place among the running calls while they wait', async () => {
    let goOn = (): void => undefined;
    let waits = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (waits = resolve));
    client = testClient({
      origin: upstream.origin,
      maxConcurrency: 1,
      wait: () => {
        waits();
        return new Promise((resolve) => (goOn = resolve));
      },
    });
    upstream.handle('describeBackupDownloadURL', [fail(500, 'INTERNAL'), LINK]);
    const first = client.send(linkOf('bk-1'));
    await waiting;
    expect(client.status()).toMatchObject({ queued: 0, inFlight: 0, breaker: 'closed' });
    await client.send(linkOf('bk-2'));
    goOn();
    await first;

    expect(upstream.calls().map(({ backupId }) => backupId)).toEqual(['bk-1', 'bk-2', 'bk-1']);
  });
});
