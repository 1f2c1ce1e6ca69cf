import { describe, expect, it } from '@jest/globals';
import JDCloud from 'jdcloud-sdk-js';
import { ok } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { isSignedBy } from '../helpers/signature-check.js';

JDCloud.config.logger = () => undefined;
const upstream = await startScriptedUpstream({
  handlers: { describeBackupDownloadURL: ok({ publicURL: '', internalURL: '' }) },
});
const rds = new JDCloud.RDS({
  credentials: { accessKeyId: 'TESTAK', secretAccessKey: 'TESTSECRET' },
  endpoint: { protocol: 'http', host: new URL(upstream.origin).host },
  regionId: 'cn-north-1',
});

/** File names the official client signs as it sends them; it signs `%25` incorrectly. */
const FILE_NAMES = [
  'shop.bak',
  'a b.bak',
  'a+b.bak',
  "o'neil(1)!*.bak",
  '订.bak',
  'x&y=1.bak',
  '~.bak',
];

describe('our signature equals that of the official client', () => {
  it.each(FILE_NAMES)('for the file %j', async (fileName) => {
    upstream.reset();
    await rds.describeBackupDownloadURL({ backupId: 'bk-1', fileName, urlExpirationSecond: '60' });

    const [call] = upstream.calls('describeBackupDownloadURL');
    expect(call).toMatchObject({ form: 'action', query: { fileName, urlExpirationSecond: '60' } });
    expect(isSignedBy('TESTSECRET', call!)).toBe(true);
    expect(isSignedBy('OTHERSECRET', call!)).toBe(false);
  });

  it.each([
    [
      'describeBackups',
      () => rds.describeBackups({ instanceId: 'sql-1', pageNumber: 1, pageSize: 100 }),
    ],
    ['describeInstances', () => rds.describeInstances({ pageNumber: 1, pageSize: 100 })],
  ] as const)('for %s', async (operation, ask) => {
    upstream.reset();
    await ask();

    expect(upstream.calls(operation).map((call) => isSignedBy('TESTSECRET', call))).toEqual([true]);
  });
});
