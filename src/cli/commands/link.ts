import { durationOption } from '../arguments/duration.js';
import { readOptions, SERVICE_HELP, SERVICE_OPTIONS } from '../arguments/read-options.js';
import { usageError } from '../cli-error.js';
import type { Command } from '../command.js';
import { BACKUP_HELP, findBackup, PLACE_HELP, PLACE_OPTIONS } from '../service/find-backup.js';
import type { Backup } from '../service/operations.js';
import { withService } from '../service/service.js';
import { listed } from '../service/service-error.js';
import { checkDownloadable, usableLink } from '../service/usable-link.js';
import { shellWord } from '../terminal/shell-word.js';
import { chooseDownloadable } from './backup-choice.js';

const HELP = `Usage: backups link <backup> [options]

Prints only the download link on standard output. Anyone who has it has the data until it expires.

  --file NAME          file of a SQL Server backup; optional if there is only one
  --expires-in T       lifetime, as 3600, 30m or 1h; at most 24h (SQL Server)
  --internal           the link over the internal network of the region
${PLACE_HELP}${SERVICE_HELP}
${BACKUP_HELP}
Examples:
  curl --fail -o dump.xbstream "$(backups link cn-north-1/mysql-wp4e9ztap2/latest)"
  backups link 3f2b8c1e --instance cn-north-1/sqlserver-83uqv7avy4 --file shop.bak --expires-in 1h
`;

const OPTIONS = {
  ...SERVICE_OPTIONS,
  ...PLACE_OPTIONS,
  file: { type: 'string' },
  'expires-in': { type: 'string' },
  internal: { type: 'boolean' },
} as const;

export const link: Command = {
  help: HELP,
  async run(args, context) {
    const { values, operands } = readOptions(args, OPTIONS, ['<backup>']);
    const lifetime = values['expires-in'];
    const expiresIn = lifetime === undefined ? undefined : durationOption('--expires-in', lifetime);
    await withService(values, context, async (service) => {
      const { say } = context;
      const backup = await findBackup(operands[0] ?? '', values, service, chooseDownloadable(say));
      checkDownloadable(backup);
      const fileName = values.file ?? onlyFile(backup);
      const issued = await service.link(backup.id, { fileName, expiresIn });
      const { url } = usableLink(
        backup.id,
        issued,
        values.internal === true ? 'internal' : 'public',
      );
      await context.stdout.write(`${url}\n`);
    });
  },
};

/** The file that can only be meant; undefined for a backup that has no files of its own. @throws CliError */
function onlyFile({ files }: Backup): string | undefined {
  const [file, ...others] = files;
  if (others.length === 0) return file?.name;
  const names = files.map(({ name }) => shellWord(name));
  throw usageError(`The backup has several files: choose one with --file: ${listed(names)}.`);
}
