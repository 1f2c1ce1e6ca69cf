import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { listening, temporaryFolder } from '../../helpers/closing.js';
import { runCli, type CliRun } from '../../helpers/cli.js';
import { sampleBelow } from '../../helpers/embedded.js';
import { startProduct } from '../../helpers/product.js';
import { SECRET_AUTH, secretToken } from '../../helpers/tokens.js';

const BACKUP = 'cn-north-1/sqlserver-83uqv7avy4/3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50';

const folder = temporaryFolder();
const product = await startProduct({ ...SECRET_AUTH, EMBEDDED_DIR: await sampleBelow(folder) });

const list = (...args: string[]) => ['list', 'cn-north-1/sqlserver-83uqv7avy4', ...args];

function run(args: readonly string[], env: Record<string, string> = {}): Promise<CliRun> {
  return runCli(args, { env: { BACKUPS_URL: product.origin, ...env }, cwd: folder });
}

describe('a token', () => {
  it('is requested if there is none', async () => {
    const { code, stdout, stderr } = await run(list());
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(
      'backups: The service requires a token: set BACKUPS_TOKEN or give --token-file.\n',
    );
  });

  it('comes from the environment, or a file, with white space around it', async () => {
    const token = await secretToken();
    expect(await run(list(), { BACKUPS_TOKEN: token })).toMatchObject({ code: 0 });
    await writeFile(join(folder, 'token'), `\ufeffBearer ${token}\r\n`);
    expect(await run(list('--token-file', 'token'))).toMatchObject({ code: 0 });
    expect(await run(['--token-file=token', ...list()])).toMatchObject({ code: 0 });
    expect(await run(list(), { BACKUPS_TOKEN_FILE: 'token' })).toMatchObject({ code: 0 });
  });

  it('is not shown when it is refused', async () => {
    const expired = await secretToken({ exp: 1_700_000_000 });
    const { code, stdout, stderr } = await run(list(), { BACKUPS_TOKEN: expired });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/The token expired at 2023-11-14T22:13:20.000Z .*: get a new one/);
    expect(stderr).not.toContain(expired.slice(0, 8));
    const early = await secretToken({ nbf: 4_000_000_000 });
    const ahead = await run(list(), { BACKUPS_TOKEN: early });
    expect(ahead).toMatchObject({ code: 3, stdout: '' });
    expect(ahead.stderr).toMatch(/not valid before 2096-10-02T07:06:40.000Z .*: check the clocks/);
    for (const other of ['not-a-jwt', `a.${btoa('null')}.b`, `${early.slice(0, -4)}.x`]) {
      expect(await run(list(), { BACKUPS_TOKEN: other })).toMatchObject({ code: 3 });
    }
  });

  it('is read again from its file when it is refused', async () => {
    const path = join(folder, 'rotated');
    const sent: (string | undefined)[] = [];
    // Whoever renews tokens has done so between the reading and the asking.
    const service = createServer((request, response) => {
      sent.push(request.headers.authorization);
      const isNew = request.headers.authorization === 'Bearer new';
      const body = isNew
        ? '{"data":{"backup":null,"backups":null,"instance":null}}'
        : '{"errors":[{"message":"x","extensions":{"code":"UNAUTHENTICATED"}}]}';
      void writeFile(path, 'new\n').then(() => {
        response.writeHead(isNew ? 200 : 401).end(body);
      });
    });
    const { origin } = await listening(service);
    await writeFile(path, 'old\n');
    const { code, stderr } = await run(list('--token-file', path, '--url', origin));
    expect(sent.slice(0, 2)).toEqual(['Bearer old', 'Bearer new']);
    expect(sent.slice(2)).not.toContain('Bearer old');
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining('no instance') });
  });

  it.each([
    ['empty', '\n'],
    ['of two lines', 'abc\ndef'],
    ['of other characters', 'schlüssel'],
    ['too large', 'x'.repeat(70_000)],
  ])('that is %s is refused before it is sent', async (_case, text) => {
    await writeFile(join(folder, 'bad'), text);
    const { code, stderr } = await run(list('--token-file', 'bad'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^backups: --token-file /);
    expect(stderr).not.toContain(text.trim().slice(0, 3) || 'nothing');
  });

  it('in a file that is not there is a fault of the command line', async () => {
    expect(await run(list('--token-file', 'missing'))).toMatchObject({ code: 2 });
  });
});

describe('a right', () => {
  it('that is missing ends with the code for it, and names the scope', async () => {
    const token = await secretToken({ scope: 'backups:read' });
    const { code, stdout, stderr } = await run(['link', BACKUP, '--file', 'shop.bak'], {
      BACKUPS_TOKEN: token,
    });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('backups:download');
  });

  it('to look is enough to wait', async () => {
    const token = await secretToken({ scope: 'backups:read' });
    expect(await run(['wait', BACKUP], { BACKUPS_TOKEN: token })).toMatchObject({
      code: 0,
      stdout: `${BACKUP}\n`,
    });
  });

  it('narrowed to a region hides the others', async () => {
    const token = await secretToken({ regions: ['cn-east-2'] });
    const { code, stdout } = await run(['instances', '--json'], { BACKUPS_TOKEN: token });
    expect(code).toBe(0);
    expect(stdout).toContain('"regionId":"cn-east-2"');
    expect(stdout).not.toContain('cn-north-1');
    const hidden = await run(['link', BACKUP, '--file', 'shop.bak'], { BACKUPS_TOKEN: token });
    expect(hidden.code).toBe(4);
  });
});
