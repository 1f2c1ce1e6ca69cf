import { beforeAll, expect, it } from '@jest/globals';
import { type Product, startProduct } from '../../helpers/product.js';
import { describeWithSwift, startSwift, type Swift } from '../../helpers/swift.js';
import { until } from '../../helpers/until.js';

const INSTANCE = 'cn-north-1/mysql-1';
const COUNT = 4;
const ids = Array.from({ length: COUNT }, (_, i) => `bk-${i}`);

describeWithSwift('a bucket whose store has faults', () => {
  let swift: Swift;
  let bucket: string;
  let product: Product;

  beforeAll(async () => {
    swift = await startSwift({ replicas: 3, databases: 3 });
    bucket = await swift.createBucket();
    await swift.fill(bucket, {
      [`${INSTANCE}/instance.json`]: '{"engine": "MySQL"}',
      ...Object.fromEntries(
        ids.map((id) => [`${INSTANCE}/${id}/files/set.sql`, `content of ${id}`]),
      ),
    });
    product = await startProduct({
      ...swift.settings(bucket),
      EMBEDDED_BUCKET_REFRESH_S: '1',
      LINK_REUSE: '0',
      UPSTREAM_MAX_RETRIES: '0',
      UPSTREAM_TIMEOUT_MS: '30000',
      UPSTREAM_ATTEMPT_TIMEOUT_MS: '20000',
    });
  });
  const linkOf = (id: string) =>
    product.query(`{ backup(id: "${INSTANCE}/${id}") { downloadURL {
      ... on MySqlBackupDownloadURL { publicURL available }
    } } }`);

  const list = () =>
    product.query(`{ backups(regionId: "cn-north-1", instanceId: "mysql-1", first: 100) {
      nodes { backupId } } }`);

  const listed = async (): Promise<string[]> => {
    const { data } = await list();
    return data.backups.nodes.map(({ backupId }: any) => backupId);
  };

  async function expectAllDownloads(): Promise<void> {
    for (const id of ids) {
      const { data, errors } = await linkOf(id);
      expect(errors).toEqual([]);
      const answer = await fetch(data.backup.downloadURL.publicURL);
      expect([answer.status, await answer.text()]).toEqual([200, `content of ${id}`]);
    }
  }

  // First, while no object server has had a fault: a deletion then reaches all of them.
  it('has no link for what a listing that lags still shows, and sees what is new at last', async () => {
    swift.signal('container-1', 'SIGKILL');
    await swift.fill(bucket, { [`${INSTANCE}/bk-new/files/set.sql`]: 'new' });
    await swift.remove(bucket, `${INSTANCE}/bk-0/files/set.sql`);
    await swift.restart('container-1');
    await until(async () => {
      const { data, errors } = await linkOf('bk-0');
      expect(errors).toEqual([]);
      return !data.backup?.downloadURL.available;
    });
    swift.heal();
    await until(async () => {
      const found = await listed();
      return found.includes('bk-new') && !found.includes('bk-0');
    });
    await swift.fill(bucket, { [`${INSTANCE}/bk-0/files/set.sql`]: 'content of bk-0' });
    await until(async () => (await listed()).includes('bk-0'));
  });

  it('hands out links and files with one of three object servers killed', async () => {
    swift.signal('object-2', 'SIGKILL');
    await expectAllDownloads();
    await swift.restart('object-2');
  });

  it('keeps listing while the store is stopped under load, and issues links again with it', async () => {
    const codes = new Set<string>();
    let [lists, links, rounds] = [0, 0, 0];
    let isOver = false;
    const load = [1, 2].map(async () => {
      while (!isOver) {
        const [found, link] = await Promise.all([listed(), linkOf('bk-1')]);
        if (found.length >= COUNT) lists += 1;
        const url = link.data.backup?.downloadURL?.publicURL;
        if (url) links += 1;
        for (const { extensions } of link.errors) codes.add(extensions.code);
        rounds += 1;
      }
    });
    await until(() => links > 4);
    swift.signal('proxy-0', 'SIGKILL');
    await until(() => codes.size > 0);
    const before = rounds;
    // More failures than open a breaker.
    await until(() => rounds > before + 60);
    expect((await fetch(`${product.origin}/health/ready`)).status).toBe(200);
    const linksBefore = links;
    await swift.restart('proxy-0');
    await until(() => links > linksBefore + 4);
    isOver = true;
    await Promise.all(load);
    expect(lists).toBe(rounds);
    expect([...codes]).toEqual(['UPSTREAM_UNAVAILABLE']);
  });
});
