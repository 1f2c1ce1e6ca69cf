import { expect, it } from '@jest/globals';
import { backupsCommand, serviceAddress } from '../../../src/explorer/link/commands/backups-cli.js';
import { wordsOfPowerShell } from '../../helpers/windows-shells.js';

const HERE = 'http://127.0.0.1:4000';
const ID = 'cn-north-1/sqlserver-1/b';

it.each([
  [null, HERE, false, `backups get ${ID}`],
  ['shop.bak', HERE, false, `backups get ${ID} --file=shop.bak`],
  ["o'neil 1.bak", HERE, false, `backups get ${ID} --file='o'\\''neil 1.bak'`],
  ["o'neil 1.bak", HERE, true, `backups get ${ID} --file='o''neil 1.bak'`],
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

it('the service is named by the address of the page, without the state of the page', () => {
  expect(serviceAddress('https://tools.example/backups/#region=a')).toBe(
    'https://tools.example/backups/graphql',
  );
  expect(serviceAddress('http://127.0.0.1:4000/')).toBe(HERE);
  expect(wordsOfPowerShell('x --a b')).toEqual(['x', '--a', 'b']);
});
