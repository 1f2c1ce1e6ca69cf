import { beforeAll, expect, it } from '@jest/globals';
import { openTestBucket } from '../../helpers/bucket-store.js';
import { type Product, startProduct } from '../../helpers/product.js';
import { rawRequest } from '../../helpers/raw-request.js';
import { describeWithSwift, startSwift, type Swift } from '../../helpers/swift.js';

const INSTANCE = 'cn-north-1/sqlserver-1';

/** Names that one layer or another of a download is likely to get wrong. */
const NAMES = [
  'plain.bak',
  'with space.bak',
  'plus+sign.bak',
  'per%cent.bak',
  'per%2Fcent.bak',
  '%2e%2e.bak',
  'question?mark#hash.bak',
  'amp&equals=.bak',
  'quotes\'".bak',
  'semi;colon,comma.bak',
  'back\\slash.bak',
  'star*(paren)!.bak',
  'tilde~at@colon:.bak',
  'brackets[1]{2}.bak',
  'caret^tick`pipe|.bak',
  'less<more>.bak',
  '数据库-2026.bak',
  'e\u0301 decomposed.bak',
  'é composed.bak',
  '😀.bak',
  '_..leading.bak',
  'trailing..bak',
  `${'long'.repeat(60)}.bak`,
];

const UNLINKABLE = 'line\nend.bak';

describeWithSwift('links of a bucket', () => {
  let swift: Swift;
  let product: Product;
  let bucket: string;

  beforeAll(async () => {
    swift = await startSwift();
    bucket = await swift.createBucket();
    await swift.fill(bucket, {
      [`own/${INSTANCE}/instance.json`]: '{"engine": "SQL Server"}',
      ...Object.fromEntries(
        NAMES.map((name) => [`own/${INSTANCE}/bk-1/files/${name}`, `content of ${name}`]),
      ),
      [`own/${INSTANCE}/bk-1/files/${UNLINKABLE}`]: 'has no link',
    });
    product = await startProduct({
      ...swift.settings(bucket, 'own'),
      EMBEDDED_INTERNAL_URL: swift.endpoint.replace('127.0.0.1', 'localhost'),
    });
  });

  it('lists every name, and warns once of those that no link can carry', async () => {
    const { data } = await product.query(
      `{ backup(id: "${INSTANCE}/bk-1") { status engine files { name } } }`,
    );
    expect(data.backup.status).toBe('COMPLETED');
    expect(data.backup.engine).toBe('SQL_SERVER');
    expect(data.backup.files.map(({ name }: any) => name).sort()).toEqual(
      [...NAMES, UNLINKABLE].sort(),
    );
    expect(product.log.filter((line) => line.includes('a backup is not whole'))).toHaveLength(1);
  });

  it.each(NAMES)('downloads %j by both links, under its own name', async (name) => {
    const before = product.audit().length;
    const { data, errors } = await product.query(
      `query ($name: String!) { backup(id: "${INSTANCE}/bk-1") {
        downloadURL(fileName: $name, expiresIn: 60) {
          ... on SqlServerBackupDownloadURL { publicURL internalURL expiresAt available }
        }
      } }`,
      { name },
    );
    expect(errors).toEqual([]);
    const { publicURL, internalURL, expiresAt } = data.backup.downloadURL;
    const left = Date.parse(expiresAt) - Date.now();
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(60_000);
    for (const link of [publicURL, internalURL]) {
      expect(new URL(link).searchParams.get('X-Amz-SignedHeaders')).toBe('host');
      const answer = await fetch(link);
      expect(await answer.text()).toBe(`content of ${name}`);
      const saved = /filename\*=UTF-8''([^;]*)/.exec(
        answer.headers.get('content-disposition')!,
      )![1];
      expect(decodeURIComponent(saved!)).toBe(name);
    }
    // Each link is recorded, and nothing that opens it.
    expect(product.audit().slice(before)).toMatchObject([{ event: 'link.issue', fileName: name }]);
    const signature = new URL(publicURL).searchParams.get('X-Amz-Signature')!;
    expect(JSON.stringify(product.audit()) + product.log.join('')).not.toContain(signature);
  });

  // The path is what a proxy in front of the store takes off.
  it.each([
    ['HTTP://Store.Test:80/s3/', 'store.test'],
    ['https://files.example:80', 'files.example:80'],
    ['http://[0:0:0:0:0:0:0:1]:80/s3', '[::1]'],
  ])('signs for the host that clients send of %s', async (publicUrl, host) => {
    const store = await openTestBucket(swift.config(bucket, 'own/'), { publicUrl });
    const { publicURL } = (await store.link(`${INSTANCE}/bk-1`, 60, 'plus+sign.bak'))!;
    const { host: sent, pathname, search, protocol } = new URL(publicURL);
    expect(publicURL.startsWith(`${protocol}//${host}/`)).toBe(true);
    expect(sent).toBe(host);
    const path = pathname.slice(new URL(publicUrl).pathname.replace(/\/$/, '').length);
    const get = (asked: string) =>
      rawRequest(
        swift.endpoint,
        `GET ${path}${search} HTTP/1.1\r\nHost: ${asked}\r\nConnection: close\r\n\r\n`,
      );
    expect(await get(host)).toMatch(/^HTTP\/1\.1 200 [^]*content of plus\+sign\.bak$/);
    // The signature does hold the host.
    expect(await get('other.example')).toMatch(/^HTTP\/1\.1 403 /);
  });
});
