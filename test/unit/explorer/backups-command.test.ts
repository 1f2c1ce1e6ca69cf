import { expect, it } from '@jest/globals';
import { backupsCommand, serviceAddress, textsOf } from '../../../src/explorer/link/commands.js';
import { wordsOfCmd, wordsOfPowerShell } from '../../helpers/windows-shells.js';

const HERE = 'http://127.0.0.1:4000';
const ID = 'cn-north-1/sqlserver-1/b';

it.each([
  [null, HERE, false, `backups get ${ID}`],
  ['shop.bak', HERE, false, `backups get ${ID} --file=shop.bak`],
  ["o'neil 1.bak", HERE, false, `backups get ${ID} --file='o'\\''neil 1.bak'`],
  ["o'neil 1.bak", HERE, true, `backups get ${ID} --file="o'neil 1.bak"`],
  ['a&calc&.bak', HERE, true, `backups get ${ID} --file="a&calc&.bak"`],
  ['a\x03b!\n.bak', HERE, false, `backups get ${ID} --file=$'a\\003b\\041\\012.bak'`],
  ['-o.bak', HERE, false, `backups get ${ID} --file='-o.bak'`],
  [
    null,
    'https://tools.example/backups/graphql',
    false,
    `backups get ${ID} --url https://tools.example/backups/graphql`,
  ],
])('the command for %j from %s, Windows: %s', (file, service, isWindows, command) => {
  expect(backupsCommand({ backupId: ID, file, service }, isWindows)).toBe(command);
});

it('one command has all files, for one link each of the others', () => {
  const all = { backupId: ID, service: HERE };
  const named = ['a.bak', 'b.bak'].map((file) => ({
    ...all,
    file,
    fileName: file,
    url: `https://x.example/${file}`,
  }));
  const texts = textsOf(named, all, {});
  expect(texts.get('backups')).toBe(`backups get ${ID} --all`);
  expect(texts.get('wget')?.split('\n')).toHaveLength(2);
  expect(texts.get('url')).toBe('https://x.example/a.bak\nhttps://x.example/b.bak');
  expect([...textsOf([], all, {}).keys()]).toEqual(['backups']);
});

it('a command that no shell of the system can read safely is not offered', () => {
  const link = {
    backupId: ID,
    service: HERE,
    file: 'a$b',
    fileName: 'a$b',
    url: 'https://x.example/',
  };
  expect(textsOf([link], null, { platform: 'Win32' }).has('backups')).toBe(false);
  expect(textsOf([link], null, { platform: 'Linux' }).has('backups')).toBe(true);
});

it('the service is named by the address of the page, without the state of the page', () => {
  expect(serviceAddress('https://tools.example/backups/#region=a')).toBe(
    'https://tools.example/backups/graphql',
  );
  expect(serviceAddress('http://127.0.0.1:4000/')).toBe(HERE);
});

// Special in cmd, in PowerShell, or to a terminal that pastes.
it.each(Array.from('"“”„$`%\\＂\r\x03\x1b\u202e'))(
  'Windows gets no command for a name with %j',
  (special) => {
    const target = { backupId: ID, file: `a${special}b.bak`, service: HERE };
    expect(backupsCommand(target, true)).toBeNull();
    expect(backupsCommand(target, false)).not.toBeNull();
  },
);

it('on Windows, cmd and PowerShell read the same words', () => {
  const file = "订单 it's (1) & ^2! ;,=+@#~{[]}.bak";
  const command = backupsCommand({ backupId: ID, file, service: HERE }, true)!;
  const words = ['backups', 'get', ID, `--file=${file}`];
  expect(wordsOfCmd(command)).toEqual(words);
  expect(wordsOfPowerShell(command)).toEqual(words);
});
