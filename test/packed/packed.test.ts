import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../helpers/closing.js';
import { startScriptedStore } from '../helpers/scripted-s3.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
/** Another user than the one who built it, if this user can switch. */
const NOBODY = process.geteuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const { version: VERSION } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
const SQL = 'cn-north-1/sqlserver-83uqv7avy4';
const BACKUP = `${SQL}/3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50`;

let home: string;
let prefix: string;
let project: string;
let env: Record<string, string>;

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program as the other user, in a folder of theirs. */
async function call(file: string, args: readonly string[], more: object = {}): Promise<Run> {
  try {
    const { stdout, stderr } = await run(file, args, { ...NOBODY, cwd: home, env, ...more });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Run;
    return { code, stdout, stderr };
  }
}

const bin = (name: string): string => join(prefix, 'bin', name);
const installed = (...path: string[]): string =>
  join(prefix, 'lib', 'node_modules', 'backup-download-graphql', ...path);

/** Starts the server as the other user; resolves when it says that it is ready. */
async function startServer(settings: Record<string, string>) {
  const started = spawn(bin('backups-server'), {
    ...NOBODY,
    cwd: home,
    env: { ...env, PORT: '0', EMBEDDED_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let log = '';
    started.stdout.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      const [, address] = /"graphql":"([^"]*)\/graphql"/.exec(log) ?? [];
      if (address !== undefined) resolve(address);
    });
    started.on('exit', () => {
      reject(new Error(log));
    });
  });
  return { process: started as ChildProcess, url };
}

async function stopServer(server: ChildProcess): Promise<void> {
  server.kill('SIGINT');
  expect(await once(server, 'exit')).toEqual([0, null]);
}

beforeAll(async () => {
  home = temporaryFolder();
  prefix = join(home, 'P ä');
  project = join(home, 'a project');
  env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    npm_config_cache: join(home, 'cache'),
    // Makes every request to a registry fail.
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
  };
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', home], { cwd: ROOT });
  const [tarball = ''] = (await readdir(home)).filter((name) => name.endsWith('.tgz'));
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{"private":true}');
  for (const path of [home, project, join(project, 'package.json')]) {
    if (NOBODY.uid !== undefined) await chown(path, NOBODY.uid, NOBODY.gid);
  }
  await chmod(join(home, tarball), 0o644);
  const install = ['install', '--no-audit', '--no-fund', join(home, tarball)];
  expect(await call('npm', [...install, '--global', '--prefix', prefix])).toMatchObject({
    code: 0,
  });
  expect(await call('npm', install, { cwd: project })).toMatchObject({ code: 0 });
});

describe('the package', () => {
  it('contains both programs, which start by their first line', async () => {
    for (const name of ['backups', 'backups-server']) {
      const program = await readFile(bin(name), 'utf8');
      expect(program).toMatch(/^#!\/usr\/bin\/env node\n/);
      expect((await stat(bin(name))).mode & 0o111).toBe(0o111);
    }
  });

  it('needs no other package, and contains no sources, tests or data', async () => {
    const { dependencies = {}, scripts } = JSON.parse(
      await readFile(installed('package.json'), 'utf8'),
    );
    expect(dependencies).toEqual({});
    expect(scripts).not.toHaveProperty('postinstall');
    expect((await readdir(installed())).sort()).toEqual(
      ['README.md', 'README.zh-CN.md', 'dist', 'docs', 'package.json', 'schema.graphql'].sort(),
    );
  });
});

describe('backups, called', () => {
  const ways: Record<string, () => readonly string[] | Promise<readonly string[]>> = {
    'as installed': () => [bin('backups')],
    'through another link': async () => {
      await symlink(bin('backups'), join(home, 'link'));
      return [join(home, 'link')];
    },
    'below a linked folder': async () => {
      await symlink(prefix, join(home, 'linked prefix'));
      return [join(home, 'linked prefix', 'bin', 'backups')];
    },
    'without resolving links': () => [
      process.execPath,
      '--preserve-symlinks-main',
      installed('dist', 'backups.js'),
    ],
    'without resolving links, by its link': () => [
      process.execPath,
      '--preserve-symlinks',
      bin('backups'),
    ],
    'by Node': () => [process.execPath, installed('dist', 'backups.js')],
    'from a project': () => [join(project, 'node_modules', '.bin', 'backups')],
    'by npx': () => ['npx', '--no', '--prefix', project, 'backups'],
    'by npm exec': () => ['npm', 'exec', '--no', '--prefix', project, '--', 'backups'],
  };

  it.each(Object.keys(ways))('%s, runs', async (way) => {
    const [file = '', ...args] = await ways[way]!();
    expect(await call(file, [...args, '--version'])).toMatchObject({
      code: 0,
      stdout: `${VERSION}\n`,
    });
    expect(await call(file, [...args, 'nothing-of-the-kind'])).toMatchObject({
      code: 2,
      stdout: '',
    });
  });

  it('by an import, runs nothing', async () => {
    const program = JSON.stringify(installed('dist', 'backups-program.js'));
    const script = `const { runBackups } = await import(${program}); console.log(typeof runBackups)`;
    const args = ['--input-type=module', '-e', script, 'list'];
    expect(await call(process.execPath, args)).toEqual({
      code: 0,
      stdout: 'function\n',
      stderr: '',
    });
  });
});

describe('the packed command', () => {
  let server: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const started = await startServer({});
    server = started.process;
    url = started.url;
    env['BACKUPS_URL'] = url;
    env['EMBEDDED_DIR'] = join(home, 'data');
  });

  afterAll(() => stopServer(server));

  const backups = (...args: string[]): Promise<Run> => call(bin('backups'), args);

  it('also serves the page', async () => {
    const page = await fetch(url, { headers: { accept: 'text/html' } });
    expect({ status: page.status, type: page.headers.get('content-type') }).toEqual({
      status: 200,
      type: expect.stringContaining('text/html'),
    });
  });

  it('lists, links and waits', async () => {
    expect((await backups('instances')).stdout).toContain(SQL);
    expect((await backups('list', SQL)).stdout).toContain('sample-weekly-full');
    expect((await backups('wait', BACKUP)).stdout).toBe(`${BACKUP}\n`);
    const link = await backups('link', BACKUP, '--file', 'shop.bak');
    expect(link).toMatchObject({ code: 0, stderr: '' });
    const response = await fetch(link.stdout.trim());
    const stored = await readFile(join(home, 'data', BACKUP, 'files', 'shop.bak'));
    expect(Buffer.from(await response.arrayBuffer()).equals(stored)).toBe(true);
  });

  it('downloads to a file and to standard output', async () => {
    const stored = await readFile(join(home, 'data', BACKUP, 'files', 'shop.bak'));
    const get = ['get', BACKUP, '--file', 'shop.bak'];
    expect(await backups(...get, '-o', join(project, 'shop.bak'))).toMatchObject({ code: 0 });
    expect((await readFile(join(project, 'shop.bak'))).equals(stored)).toBe(true);
    const piped = await run(bin('backups'), [...get, '-o', '-', '--quiet'], {
      ...NOBODY,
      cwd: home,
      env,
      encoding: 'buffer',
    });
    expect(piped.stdout.equals(stored)).toBe(true);
  });

  it('adds, lists and removes backups of the store', async () => {
    const dump = join(project, 'dump.sql');
    await writeFile(dump, 'rows of a dump');
    const given = ['--region', 'cn-north-1', '--instance', 'mysql-packed', '--engine', 'MySQL'];
    const id = 'cn-north-1/mysql-packed/b-1';
    const added = await backups('add', ...given, '--backup-id', 'b-1', '--file', dump);
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining(id) });
    expect((await backups('own')).stdout).toContain('b-1');
    const target = join(project, 'restored.sql');
    expect(await backups('get', id, '-o', target)).toMatchObject({ code: 0 });
    expect(await readFile(target, 'utf8')).toBe('rows of a dump');
    expect(await backups('remove', id, '--yes')).toMatchObject({ code: 0 });
    expect((await backups('own')).stdout).not.toContain('b-1');
    expect(await backups('get', id, '-o', `${target}.2`)).toMatchObject({ code: 4 });
  });

  it('shows its help', async () => {
    const { stdout } = await backups('--help');
    const names = [...stdout.matchAll(/^ {2}([a-z]+) +[a-z]/gm)].map(([, name = '']) => name);
    expect(names).toEqual(expect.arrayContaining(['instances', 'list', 'link', 'get', 'wait']));
    for (const name of names) {
      const help = await backups(name, '--help');
      expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining(`backups ${name}`) });
    }
  });
});

it('keeps backups in a bucket, whose client is loaded on demand', async () => {
  const folder = 'own/cn-north-1/mysql-cccccccccc';
  const store = await startScriptedStore({
    [`${folder}/instance.json`]: '{"engine":"MySQL"}',
    [`${folder}/b-1/files/dump.sql`]: 'a dump',
  });
  const server = await startServer({ ...store.settings(), EMBEDDED_DIR: '' });
  const own = await call(bin('backups'), ['own'], {
    env: { ...env, ...store.settings(), EMBEDDED_DIR: '' },
  });
  expect(own).toMatchObject({ code: 0, stdout: expect.stringContaining('b-1') });
  const link = await call(bin('backups'), ['link', 'b-1', '--url', server.url]);
  expect(link).toMatchObject({ code: 0, stdout: expect.stringContaining(store.endpoint) });
  const gets = store.calls.filter(({ operation }) => operation === 'get');
  // Once by the server, once by `own`.
  expect(gets.map(({ key }) => key)).toEqual(Array(2).fill(`${folder}/instance.json`));
  await stopServer(server.process);
});
