import { expect, it } from '@jest/globals';
import { createOperations } from '../../src/upstream/operations/create-operations.js';
import { describeBackupDownloadUrl } from '../../src/upstream/operations/describe-backup-download-url.js';
import type { UpstreamClient } from '../../src/upstream/client.js';
import { fail, ok, type Reply } from '../helpers/scripted-replies.js';
import { type ScriptedUpstream, startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { testClient } from '../helpers/upstream-client.js';
import { REGION } from '../helpers/upstream-rows.js';

const { describeBackups } = createOperations({ timeZone: '+08:00' });
const listOf = (regionId: string) =>
  describeBackups({ regionId, instanceId: 'sql-1', pageNumber: 1 });
const linkOf = (regionId: string) =>
  describeBackupDownloadUrl(
    { backup: { regionId, instanceId: 'sql-1', backupId: 'b-1' }, fileName: 'a.bak' },
    'resource',
  );
const LINK = ok({ publicURL: 'https://oss.example/k', internalURL: '' });

let upstream: ScriptedUpstream;
let client: UpstreamClient;

async function start(link: (regionId: string) => Reply): Promise<void> {
  upstream = await startScriptedUpstream({
    handlers: {
      describeBackups: ok({ backup: [], totalCount: 0 }),
      describeBackupDownloadURL: ({ url }) => link(/regions\/([^/]+)/.exec(url)?.[1] ?? ''),
    },
  });
  client = testClient({
    origin: upstream.origin,
    lanes: {},
  });
}

const causes = async (calls: number, regionId = REGION) => {
  const seen = new Map<unknown, number>();
  for (let call = 0; call < calls; call += 1) {
    const ended = await client
      .send(linkOf(regionId))
      .catch((error: unknown) => (error as Error).cause);
    const { code = 'answered' } = ended as { code?: string };
    seen.set(code, (seen.get(code) ?? 0) + 1);
    // A list between all links, which always succeeds.
    await client.send(listOf(regionId));
  }
  return seen;
};

it('links that fail alone stop: lists do not close their breaker', async () => {
  await start(() => fail(503, 'UNAVAILABLE'));
  await causes(20);
  const before = upstream.counts().describeBackupDownloadURL ?? 0;
  const refused = await causes(200);

  // One more opens at half of a window that is not full.
  expect(before).toBeLessThanOrEqual(24);
  expect(upstream.counts().describeBackupDownloadURL).toBe(before);
  expect(refused).toEqual(new Map([['BREAKER_OPEN', 200]]));
  expect(upstream.counts().describeBackups).toBe(220);
});

it('judges each region on its own', async () => {
  await start((regionId) => (regionId === 'cn-east-2' ? fail(500, 'INTERNAL') : LINK));
  await causes(20, 'cn-east-2');
  expect(await causes(3, 'cn-east-2')).toEqual(new Map([['BREAKER_OPEN', 3]]));
  expect(await causes(3, 'cn-north-1')).toEqual(new Map([['answered', 3]]));
  expect(client.status().breaker).toBe('open');
});
