import { EXIT, notFoundError } from '../cli-error.js';
import type { Context } from '../command.js';
import { defineCommand, durationOption, PLACE_OPTIONS, SERVICE_OPTIONS } from '../options.js';
import { BACKUP_HELP, withBackup } from '../service/find-backup.js';
import { chooseNewest } from '../service/latest.js';
import type { Backup } from '../service/operations.js';
import type { Service } from '../service/service.js';
import { ServiceError } from '../service/service-error.js';
import { isDownloadable, notReady } from '../service/usable-link.js';
import { formatDuration } from '../terminal/text.js';

export const command = defineCommand({
  usage: 'wait <backup> [options]',
  about: `Waits until a backup can be downloaded, then prints its ID. Exits with code 4 if the backup
failed, was deleted, or cannot be downloaded in time. \`latest\` is the newest backup of the
instance, whatever its status.`,
  options: {
    timeout: { value: 'T', help: 'how long to wait; default 24h' },
    interval: { value: 'T', help: 'pause between checks; default 15s' },
    ...PLACE_OPTIONS,
    ...SERVICE_OPTIONS,
  },
  notes: `${BACKUP_HELP}
Examples:
  backups wait cn-north-1/mysql-wp4e9ztap2/latest --timeout 2h
  backups get "$(backups wait cn-north-1/mysql-wp4e9ztap2/latest)"
`,
  operand: '<backup>',
  async run({ timeout = '24h', interval = '15s', ...options }, context, operand) {
    const times = {
      timeoutS: durationOption('--timeout', timeout),
      intervalS: durationOption('--interval', interval),
    };
    await withBackup(operand, options, context, chooseNewest, async (backup, service) => {
      await untilAvailable(backup, service, times, context);
      await context.stdout.write(`${backup.id}\n`);
    });
  },
});

/** @throws CliError where it never can be downloaded, or not in time */
async function untilAvailable(
  backup: Backup,
  service: Service,
  { timeoutS, intervalS }: { readonly timeoutS: number; readonly intervalS: number },
  { say, now, sleep, signal }: Context,
): Promise<void> {
  const { id } = backup;
  const end = now().getTime() + timeoutS * 1000;
  let reported = '';
  for (let state = await stateOf(backup, service); ; state = await stateNow(id, service, state)) {
    if (state === 'available') return;
    if (WAITING[state] !== reported) say(`${id} ${(reported = WAITING[state])}`);
    const leftMs = end - now().getTime();
    if (leftMs <= 0) {
      throw notFoundError(
        `${id} cannot be downloaded after ${formatDuration(timeoutS)}: run the command again to keep waiting.`,
      );
    }
    await sleep(Math.min(intervalS * 1000, leftMs), signal);
  }
}

type State = 'available' | 'building' | 'without link';

const WAITING: Readonly<Record<Exclude<State, 'available'>, string>> = {
  building: 'is still in progress; waiting.',
  'without link':
    'is complete but has no link yet, for example because its files are in cold storage: restore them; waiting.',
};

/** The state now; a service that is out of reach for a while leaves it as it was. */
async function stateNow(id: string, service: Service, before: State): Promise<State> {
  try {
    const backup = await service.backup(id);
    if (backup === null) throw notFoundError(`${id} was deleted: see \`backups list\`.`);
    return await stateOf(backup, service);
  } catch (error) {
    if (error instanceof ServiceError && error.exitCode === EXIT.network) return before;
    throw error;
  }
}

async function stateOf(backup: Backup, service: Service): Promise<State> {
  const { id, status, files } = backup;
  if (isDownloadable(backup)) {
    return (await hasLink(id, files[0]?.name, service)) ? 'available' : 'without link';
  }
  if (status === 'BUILDING' || status === null) return 'building';
  throw notReady(id, status);
}

/** A backup that is complete may be out of reach in its store; only asking for a link shows it. */
async function hasLink(
  id: string,
  fileName: string | undefined,
  service: Service,
): Promise<boolean> {
  try {
    return (await service.link(id, { fileName }))?.link.available ?? false;
  } catch (error) {
    // Who may look but not download learns what there is to see.
    if (error instanceof ServiceError && error.code === 'FORBIDDEN') return true;
    throw error;
  }
}
