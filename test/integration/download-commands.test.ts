import { beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  cmdCommand,
  curlCommand,
  powerShellCommand,
  wgetCommand,
} from '../../src/explorer/link/commands.js';
import { quoteForShell } from '../../src/domain/shell-word.js';
import { temporaryFolder } from '../helpers/closing.js';
import { startEmbedded, writeBackup, writeInstance } from '../helpers/embedded.js';
import { linksOf } from '../helpers/signed-call.js';
import { wordsOfCmd, wordsOfPowerShell } from '../helpers/windows-shells.js';

const KEY = { regionId: 'cn-north-1', instanceId: 'sqlserver-1', backupId: 'sqlbk-1' };
const CONTENT = '0123456789';
/** Special to one shell or another, to a URL, or to curl. */
const AWKWARD = "-o'neil 订单 (1)&$HOME #[2].bak";
const NAMES = ['shop.bak', '订单库.bak', AWKWARD];

let cwd: string;
let now = new Date();

const folder = temporaryFolder();
const dir = join(folder, 'data');
await writeInstance(dir, KEY, { engine: 'SQL Server' });
await writeBackup(dir, KEY, {
  files: Object.fromEntries(NAMES.map((name) => [name, CONTENT])),
});
const upstream = await startEmbedded(dir, { now: () => now });

beforeEach(async () => {
  now = new Date();
  cwd = join(folder, 'downloads');
  await rm(cwd, { recursive: true, force: true });
  await mkdir(cwd);
});

async function linkTo(fileName: string): Promise<string> {
  const query = { fileName, urlExpirationSecond: '60' };
  return (await linksOf(upstream.origin, KEY, query, { date: now })).body.result.publicURL;
}

async function endedLinkTo(fileName: string): Promise<string> {
  const link = await linkTo(fileName);
  now = new Date(now.getTime() + 120_000);
  return link;
}

/** Runs a line in a shell and returns its exit code. */
async function run(command: string): Promise<number> {
  const env = { PATH: process.env['PATH'], HOME: cwd };
  return promisify(execFile)('/bin/sh', ['-c', command], { cwd, env }).then(
    () => 0,
    (error: unknown) => (error as { code: number }).code,
  );
}

/** The shell command of the guide with this link. */
async function guideCommand(link: string): Promise<string> {
  const path = fileURLToPath(new URL('../../docs/frontend.md', import.meta.url));
  const [, command] = /```sh\n(curl [^\n]*'<a new publicURL>'[^\n]*)\n```/.exec(
    await readFile(path, 'utf8'),
  )!;
  return command!.replace("'<a new publicURL>'", () => quoteForShell(link));
}

/** The words a Windows shell passes to curl, for the curl installed here. */
function onWindows(
  toCommand: (link: string, name: string) => string,
  wordsOf: (line: string) => string[],
) {
  return (link: string, name: string) => {
    const words = wordsOf(toCommand(link, name)).map((word) =>
      word.replace(/^curl\.exe$/, 'curl').replace(/^\.\\/, './'),
    );
    return Promise.resolve(words.map(quoteForShell).join(' '));
  };
}

describe.each([
  ['curl of the page', (link: string, name: string) => Promise.resolve(curlCommand(link, name))],
  ['wget of the page', (link: string, name: string) => Promise.resolve(wgetCommand(link, name))],
  ['curl of the page in PowerShell', onWindows(powerShellCommand, wordsOfPowerShell)],
  ['curl of the page in cmd', onWindows(cmdCommand, wordsOfCmd)],
  ['curl of the guide', guideCommand],
])('%s', (command, toCommand) => {
  const name = command.endsWith('guide') ? 'shop.bak' : AWKWARD;

  it('downloads a file under its name', async () => {
    expect(await run(await toCommand(await linkTo(name), name))).toBe(0);
    expect(await readdir(cwd)).toEqual([name]);
    expect(await readFile(join(cwd, name), 'utf8')).toBe(CONTENT);
  });

  it('fails for an expired link and leaves no file', async () => {
    expect(await run(await toCommand(await endedLinkTo(name), name))).not.toBe(0);
    const size = await stat(join(cwd, name)).then(
      (stats) => stats.size,
      () => 0,
    );
    expect(size).toBe(0);
  });

  it('resumes with a new link, unharmed by an attempt with an expired one', async () => {
    const target = join(cwd, 'shop.bak');
    await writeFile(target, CONTENT.slice(0, 4));
    expect(await run(await toCommand(await endedLinkTo('shop.bak'), 'shop.bak'))).not.toBe(0);
    expect(await readFile(target, 'utf8')).toBe(CONTENT.slice(0, 4));
    expect(await run(await toCommand(await linkTo('shop.bak'), 'shop.bak'))).toBe(0);
    expect(await readFile(target, 'utf8')).toBe(CONTENT);
  });

  it('leaves a complete file unchanged', async () => {
    const target = join(cwd, 'shop.bak');
    await writeFile(target, CONTENT);
    // With --fail, curl alone treats the 416 of a complete file as a failure.
    const code = / in |guide/.test(command) ? 22 : 0;
    expect([0, code]).toContain(await run(await toCommand(await linkTo('shop.bak'), 'shop.bak')));
    expect(await readFile(target, 'utf8')).toBe(CONTENT);
  });
});

it('a file name from the server keeps its ASCII characters and its suffix', async () => {
  expect(await run(`curl --fail -OJ ${quoteForShell(await linkTo('订单库.bak'))}`)).toBe(0);
  expect(await readdir(cwd)).toEqual(['%E8%AE%A2%E5%8D%95%E5%BA%93.bak']);
});
