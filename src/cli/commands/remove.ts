import { createInterface } from 'node:readline/promises';
import { ArgumentError } from '../../domain/errors.js';
import { formatBackupId, parseBackupId, type BackupKey } from '../../domain/ids.js';
import type { OwnStore } from '../../embedded/admin/own-store.js';
import { CliError, EXIT, notFoundError, usageError } from '../cli-error.js';
import { defineCommand } from '../options.js';
import { withOwnStore } from '../own/with-own-store.js';
import { formatSize } from '../terminal/text.js';
import { safeText } from '../../domain/safe-text.js';

/** Removes a backup from the store of the service. */
export const command = defineCommand({
  usage: 'remove <regionId>/<instanceId>/<backupId> [--yes]',
  about: `Removes a backup from the store of the service on this machine: the folder EMBEDDED_DIR, or the bucket
EMBEDDED_BUCKET. It disappears from listings at once. Objects elsewhere in the bucket that the backup only
refers to are kept.`,
  options: { yes: { help: 'do not ask for confirmation' } },
  operand: '<backup>',
  async run({ yes = false }, context, operand) {
    const key = readKey(operand);
    await withOwnStore(context, 'Nothing was removed.', async ({ store }) => {
      const what = await describe(store, key);
      if (!yes) await confirm(`Remove ${what}`, context.signal);
      context.signal.throwIfAborted();
      await store.remove(key, context.say);
      await context.stdout.write(`Removed ${safeText(what)}\n`);
    });
  },
});

/** @throws CliError where there is none */
async function describe(store: OwnStore, key: BackupKey): Promise<string> {
  const id = formatBackupId(key);
  const found = await store.find(key);
  if (found === null) throw notFoundError('The store has no such backup: see `backups own`.');
  if (found.kind !== 'listed') return `${id} (${found.kind})`;
  const { files } = found.backup;
  const size = formatSize(files.reduce((sum, file) => sum + file.size, 0));
  return `${id} (${size}, files: ${files.length})`;
}

function readKey(id: string): BackupKey {
  try {
    return parseBackupId(id);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw usageError(
      'Give the full ID: <regionId>/<instanceId>/<backupId>, as `backups own` does.',
    );
  }
}

/** @throws CliError where the person does not want it, or cannot be asked */
async function confirm(what: string, signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY)
    throw usageError(`${what}: standard input is not a terminal, so give --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      terminal.once('SIGINT', () => {
        process.stderr.write('\n');
        reject(new CliError(EXIT.interrupted, 'Interrupted: nothing was removed.'));
      });
      // The input has ended.
      terminal.once('close', () => resolve(''));
      terminal.question(`${safeText(what)}? [y/N] `, { signal }).then(resolve, reject);
    });
    if (!/^y(es)?$/i.test(answer.trim())) throw usageError('Nothing was removed.');
  } finally {
    terminal.close();
  }
}
