import { describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupLinkDocument } from '../generated/operations.js';
import { temporaryFolder } from '../helpers/closing.js';
import { writeBackup, writeInstance } from '../helpers/embedded.js';
import { startProduct } from '../helpers/product.js';
import { openDownload } from './recipes/download.js';
import { ask } from './recipes/plain-fetch.js';

const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'set-1' };

const folder = temporaryFolder();
await writeInstance(folder, KEY, { engine: 'MySQL' });
const files = await writeBackup(folder, KEY, { files: { 'set.xbstream': '0123456789' } });
const file = join(files, 'set.xbstream');
const product = await startProduct({ EMBEDDED_DIR: folder, LINK_REUSE: '0' });

async function newLink(): Promise<string> {
  const id = Object.values(KEY).join('/');
  const { data } = await ask(`${product.origin}/graphql`, {}, BackupLinkDocument, { id });
  return data?.backup?.downloadURL?.publicURL ?? '';
}

const etagOf = ({ headers }: Response) => headers.get('etag') ?? '';

describe('the download recipe', () => {
  it('resumes with a new link and delivers the bytes of the file', async () => {
    const first = await openDownload(await newLink());
    const start = (await first.text()).slice(0, 4);
    const next = await openDownload(await newLink(), { bytes: 4, etag: etagOf(first) });
    expect(next.status).toBe(206);
    expect(start + (await next.text())).toBe(await readFile(file, 'utf8'));
  });

  it('starts over if the file changed meanwhile', async () => {
    const first = await openDownload(await newLink());
    await first.body?.cancel();
    await writeFile(file, 'another backup');
    const next = await openDownload(await newLink(), { bytes: 4, etag: etagOf(first) });
    expect(next.status).toBe(200);
    expect(await next.text()).toBe('another backup');
  });

  it('reports a rejected link without repeating it', async () => {
    const ended = (await newLink()).replace(/Expires=\d+/, 'Expires=1');
    const refused = await openDownload(ended).catch((error: unknown) => error);
    expect(refused).toEqual(new Error('the store answered 403'));
  });
});
