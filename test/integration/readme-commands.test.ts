import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { listening, temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { codeBlocks } from '../helpers/markdown.js';
import { startProduct } from '../helpers/product.js';

const run = promisify(execFile);
const BACKUP = 'cn-north-1/sqlserver-83uqv7avy4/3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50';

const folder = temporaryFolder();
const product = await startProduct({ EMBEDDED_DIR: await sampleBelow(folder) });

/** Runs a command of a page in a shell against this test's product. */
async function inShell(command: string, cwd: string): Promise<string> {
  const { stdout } = await run(
    'sh',
    ['-ec', command.replaceAll('http://127.0.0.1:4000', product.origin)],
    { cwd },
  );
  return stdout;
}

describe.each(['README.md', 'README.zh-CN.md'])('the commands of %s', (page) => {
  it('get a link, download its file, by a redirect too, and leave nothing of a rejected one', async () => {
    const cwd = await mkdtemp(join(folder, 'here-'));
    const blocks = codeBlocks(await readFile(page, 'utf8'), 'sh');
    const query = blocks.find((block) => block.includes('/graphql'))!;
    const download = blocks.find((block) => block.includes('PUBLIC_URL'))!;
    const stored = await readFile(join(folder, 'data', BACKUP, 'files', 'shop.bak'));
    const saved = () => readFile(join(cwd, 'shop.bak'));

    const { data } = JSON.parse(await inShell(query, cwd));
    expect(data.backup).toMatchObject({ name: 'sample-weekly-full', engine: 'SQL_SERVER' });
    const link: string = data.backup.downloadURL.publicURL;
    expect(Date.parse(data.backup.downloadURL.expiresAt)).toBeGreaterThan(Date.now());

    const expired = link.replace(/Expires=\d+/, 'Expires=1');
    await expect(inShell(withLink(download, expired), cwd)).rejects.toMatchObject({ code: 22 });
    expect(await readdir(cwd)).toEqual([]);
    const server = createServer((_request, response) => {
      response.writeHead(307, { location: link }).end('<html>moved</html>');
    });
    const moved = `${(await listening(server)).origin}/shop.bak`;
    for (const url of [link, moved]) {
      await rm(join(cwd, 'shop.bak'), { force: true });
      await inShell(withLink(download, url), cwd);
      expect(await saved()).toEqual(stored);
    }

    const resume = download.replace(' -o ', ' -C - -o ');
    await writeFile(join(cwd, 'shop.bak'), stored.subarray(0, 10));
    await inShell(withLink(resume, link), cwd);
    expect(await saved()).toEqual(stored);
    await expect(inShell(withLink(resume, link), cwd)).rejects.toMatchObject({ code: 22 });
    expect(await saved()).toEqual(stored);
  });
});

/** Replaces the placeholder of the page by the link. */
function withLink(command: string, link: string): string {
  expect(command).toMatch(/'<[^>]+>'/);
  return command.replace(/'<[^>]+>'/, `'${link}'`);
}
