import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { startProduct } from '../helpers/product.js';

const QUERY = `{ backup(id: "cn-north-1/mysql-wp4e9ztap2/8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f") {
  downloadURL { ... on DownloadLink { publicURL internalURL } }
} }`;

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});
/** The link bases of a product with these settings, and its warnings about them. */
async function start(env: Record<string, string>) {
  const product = await startProduct({ EMBEDDED_DIR: await sampleBelow(folder), ...env });
  const { data } = await product.query(QUERY);
  const { publicURL, internalURL } = data.backup.downloadURL;
  const warnings = product.log
    .map((line) => JSON.parse(line) as { level: string | number; msg: string })
    .filter(({ msg }) => /^EMBEDDED_\w+_URL: /.test(msg));
  return { bases: [publicURL, internalURL].map((link) => new URL(link).hostname), warnings };
}

describe('a server for other machines', () => {
  it('warns at startup that links only work on this machine', async () => {
    const { bases, warnings } = await start({ HOST: '0.0.0.0', ALLOW_ANONYMOUS: 'true' });
    expect(bases).toEqual(['127.0.0.1', 'localhost']);
    expect(warnings.map(({ msg }) => msg.split(':')[0])).toEqual([
      'EMBEDDED_PUBLIC_URL',
      'EMBEDDED_INTERNAL_URL',
    ]);
  });

  it('issues links with the configured address, without a warning', async () => {
    const { bases, warnings } = await start({
      HOST: '0.0.0.0',
      ALLOW_ANONYMOUS: 'true',
      EMBEDDED_PUBLIC_URL: 'https://backups.example.com',
      EMBEDDED_INTERNAL_URL: 'http://10.1.2.3:4001',
    });
    expect(bases).toEqual(['backups.example.com', '10.1.2.3']);
    expect(warnings).toEqual([]);
  });

  it('logs at startup how to serve others if HOST alone does not', async () => {
    const product = await startProduct({
      HOST: '0.0.0.0',
      EMBEDDED_DIR: await sampleBelow(folder),
    });
    expect(product.log.join('')).toContain(
      'to serve remote clients, set AUTH=jwt or ALLOW_ANONYMOUS=true',
    );
  });
});
