import { usageError } from '../cli-error.js';
import { defineCommand, durationOption, PLACE_OPTIONS, SERVICE_OPTIONS } from '../options.js';
import { BACKUP_HELP, withBackup } from '../service/find-backup.js';
import { chooseDownloadable } from '../service/latest.js';
import type { Backup } from '../service/operations.js';
import { checkDownloadable, usableLink } from '../service/usable-link.js';
import { listed, shellWord } from '../terminal/text.js';

export const command = defineCommand({
  usage: 'link <backup> [options]',
  about:
    'Prints only the download link on standard output. Anyone who has it has the data until it expires.',
  options: {
    file: {
      value: 'NAME',
      help: 'file of a SQL Server backup; optional if there is only one',
    },
    'expires-in': {
      value: 'T',
      help: 'lifetime, as 3600, 30m or 1h; at most 24h (SQL Server)',
    },
    internal: { help: 'the link over the internal network of the region' },
    ...PLACE_OPTIONS,
    ...SERVICE_OPTIONS,
  },
  notes: `${BACKUP_HELP}
Examples:
  curl --fail -o dump.xbstream "$(backups link cn-north-1/mysql-wp4e9ztap2/latest)"
  backups link 3f2b8c1e --instance cn-north-1/sqlserver-83uqv7avy4 --file shop.bak --expires-in 1h
`,
  operand: '<backup>',
  async run(values, context, operand) {
    const lifetime = values['expires-in'];
    const expiresIn = lifetime === undefined ? undefined : durationOption('--expires-in', lifetime);
    const network = values.internal === true ? 'internal' : 'public';
    await withBackup(operand, values, context, chooseDownloadable, async (backup, service) => {
      checkDownloadable(backup);
      const fileName = values.file ?? onlyFile(backup);
      const issued = await service.link(backup.id, { fileName, expiresIn });
      await context.stdout.write(`${usableLink(backup.id, issued, network).url}\n`);
    });
  },
});

/** The only file; undefined for a backup that has no files of its own. @throws CliError */
function onlyFile({ files }: Backup): string | undefined {
  const [file, ...others] = files;
  if (others.length === 0) return file?.name;
  const names = files.map(({ name }) => shellWord(name));
  throw usageError(`The backup has several files: choose one with --file: ${listed(names)}.`);
}
