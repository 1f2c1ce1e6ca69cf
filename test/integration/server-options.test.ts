import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../helpers/closing.js';
import { SHIPPED } from '../helpers/product-process.js';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});
interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const child = spawn(process.execPath, [SHIPPED.main, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

describe('the server', () => {
  it.each(['--help', '-h'])('prints its help with %s, and starts nothing', async (option) => {
    const { code, stdout, stderr } = await run([option]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: backups-server .*--check.*\n/);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['--version', '-v'])('prints the version of the package with %s', async (option) => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(await run([option])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([[['--port', '80']], [['--check', 'x']], [['']]])(
    'refuses unknown arguments: %j',
    async (args) => {
      expect(await run(args)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('see backups-server --help'),
      });
      expect(await readdir(folder)).toEqual([]);
    },
  );
});

describe('--check', () => {
  it('says that all is well, creates nothing and opens no port', async () => {
    const env = { PORT: '1', AUDIT_LOG: 'audit.log', HOST: '192.0.2.1' };
    const { code, stdout, stderr } = await run(['--check'], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // Warnings first, as of links that only work on this machine.
    expect(stdout.split('\n').at(-2)).toBe('The settings are valid.');
    expect(await readdir(folder)).toEqual([]);
  });

  it('says all faults of settings and secret files at once', async () => {
    const env = {
      PORT: 'http',
      CACHE_KEY: 'short',
      AUTH_JWT_SECRET_FILE: 'missing',
      EMBEDDED_DIR: 'nowhere',
    };
    const { code, stdout, stderr } = await run(['--check'], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const names = stderr.split('\n').map((line) => /^ {2}([A-Z_]+):/.exec(line)?.[1]);
    expect(names).toEqual(
      expect.arrayContaining(['PORT', 'CACHE_KEY', 'AUTH_JWT_SECRET_FILE', 'EMBEDDED_DIR']),
    );
    expect(stderr).not.toContain('short');
  });

  it('says all faults of other files', async () => {
    await writeFile(join(folder, 'operations.json'), '{');
    const env = { PERSISTED_OPERATIONS: 'operations.json', AUDIT_LOG: 'none/audit.log' };
    const { code, stderr } = await run(['--check'], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /PERSISTED_OPERATIONS: .*\n {2}AUDIT_LOG: cannot open: ENOENT; name a file .*\n$/s,
    );
  });
});

describe('at a terminal', () => {
  it('the log is for a person, with the addresses, and nothing but text', async () => {
    await mkdir(join(folder, 'data'));
    // The program and its page also run without their package.
    await cp(dirname(SHIPPED.main), join(folder, 'copied'), { recursive: true });
    // `script` gives it a terminal.
    const command = `${process.execPath} copied/main.js`;
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], PORT: '0', EMBEDDED_PORT: '0' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let text = '';
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('Ctrl-C stops the server.')) resolve();
      });
    });
    child.stdin.write('\u0003');
    await once(child, 'close');
    expect(text).toMatch(
      /^\d\d:\d\d:\d\d {2}ready {2}graphql=http:\S+\/graphql {2}upstream=embedded\r$/m,
    );
    expect(text).toMatch(/^ {2}Page {5}http:/m);
    expect(text).toMatch(/^ {2}GraphQL {2}(http:\/\/127\.0\.0\.1:\d+)\/graphql\r$/m);
    expect(text).toMatch(/^\d\d:\d\d:\d\d {2}stopped\r$/m);
    expect(text).not.toMatch(/^\{/m);
  });
});
