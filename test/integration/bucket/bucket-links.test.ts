import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Product, startProduct } from '../../helpers/product.js';
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
  '..leading.bak'.replace('..', '_..'),
  'trailing..bak',
  `${'long'.repeat(60)}.bak`,
];

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
      [`own/${INSTANCE}/bk-1/files/line\nend.bak`]: 'never listed',
    });
    product = await startProduct({
      ...swift.settings(bucket, 'own'),
      EMBEDDED_INTERNAL_URL: swift.endpoint.replace('127.0.0.1', 'localhost'),
    });
  });
  afterAll(async () => {
    await product.close();
    await swift.stop();
  });

  it('lists every name a link can carry, and warns once of those it cannot', async () => {
    const { data } = await product.query(
      `{ backup(id: "${INSTANCE}/bk-1") { status engine files { name } } }`,
    );
    expect(data.backup.status).toBe('COMPLETED');
    expect(data.backup.engine).toBe('SQL_SERVER');
    expect(data.backup.files.map(({ name }: any) => name).sort()).toEqual([...NAMES].sort());
    expect(product.log.filter((line) => line.includes('objects are left out'))).toHaveLength(1);
  });

  it.each(NAMES)('downloads %j by both links, under its own name', async (name) => {
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
  });
});
