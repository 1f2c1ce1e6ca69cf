import { beforeEach, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/closing.js';
import { textOf, type NamedLink } from '../../src/explorer/link/commands.js';

const ID = 'cn-north-1/sqlserver-1/b';
const PROMPT = 'ready> ';
const FORMS = ['curl', 'wget', 'backups'] as const;

let cwd: string;

const folder = temporaryFolder();
const bin = join(folder, 'bin');
await mkdir(bin);
const record = `#!/bin/sh
for word; do printf '%s\\0' "$word"; done >>"../calls/$(basename "$0")"
`;
for (const name of ['curl', 'wget', 'backups'])
  await writeFile(join(bin, name), record, { mode: 0o755 });

beforeEach(async () => {
  for (const name of ['work', 'calls']) {
    await rm(join(folder, name), { recursive: true, force: true });
    await mkdir(join(folder, name));
  }
  cwd = join(folder, 'work');
});

/** Types lines into an interactive bash at a terminal, key by key, as a paste without brackets is. */
async function paste(lines: readonly string[]): Promise<void> {
  const env = {
    PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
    PS1: PROMPT,
    PS2: PROMPT,
    LC_ALL: 'C.UTF-8',
    TERM: 'xterm',
    HOME: folder,
  };
  const bash = spawn('script', ['-qec', 'bash --norc --noprofile -i', '/dev/null'], { cwd, env });
  const ended = new Promise((resolve) => bash.once('close', resolve));
  let shown = '';
  let onPrompt = (): void => undefined;
  bash.stdout.on('data', (text: Buffer) => {
    shown += text.toString();
    if (shown.includes(PROMPT)) onPrompt();
  });
  // Keys pressed before the prompt are for the terminal, or for the program that runs.
  const prompt = (): Promise<void> =>
    new Promise((resolve) => {
      onPrompt = resolve;
      if (shown.includes(PROMPT)) resolve();
    });
  // The first shows what `!!` would repeat.
  for (const line of [': >ran', 'rm ran', ...lines, 'exit']) {
    await prompt();
    shown = '';
    bash.stdin.write(`${line}\r`);
  }
  await ended;
}

async function callsOf(program: string): Promise<string[]> {
  const calls = await readFile(join(folder, 'calls', program), 'utf8');
  return calls.split('\0').slice(0, -1);
}

/** Each would create the file `ran` if the line editor or the shell acted on it. */
const NAMES = [
  'a\n>ran\n.bak',
  'a\r>ran\r.bak',
  'a\x03>ran\r.bak',
  'a\x15>ran\r.bak',
  'a\x1b[201~\x15>ran\r.bak',
  "a\x0f'>ran\x0f.bak",
  'a\x16\x03\x15>ran\r.bak',
  'a\x1b#\r>ran\r.bak',
  'a\u0085>ran\u2028.bak',
  "'\r>ran\r'.bak",
  "'; >ran; '.bak",
  '$(>ran)`>ran`.bak',
  '!!;>ran.bak',
  "!'\x03!!>ran.bak",
  '-K>ran',
  '\t\tran \t.bak',
  'trailing spaces  ',
  '%PATH%^&>ran&.bak',
  '\u202ekab.\u2066ran\u200bx.bak',
];

it.each(NAMES)('pasted commands for a file named %j run the download alone', async (name) => {
  const path = name.replaceAll(/["'`]/g, encodeURIComponent);
  const url = `https://store.example/${path}?Signature=a+/='(x)`;
  const link: NamedLink = {
    backupId: ID,
    file: name,
    service: 'http://127.0.0.1:4000',
    url,
    fileName: name,
  };
  await paste(FORMS.map((form) => textOf(form, link, {})!));

  expect(await readdir(cwd)).toEqual([]);
  expect((await readdir(join(folder, 'calls'))).sort()).toEqual(['backups', 'curl', 'wget']);
  const saved = (await callsOf('wget'))[1]!.replace('--output-document=', '');
  expect(saved).toMatch(/^\.\/[^\p{Cc}/]+$/u);
  const curlWords = await callsOf('curl');
  expect(curlWords).toHaveLength(12);
  expect(curlWords[8]).toBe(saved);
  expect(await callsOf('backups')).toEqual(['get', ID, `--file=${name}`]);
});
