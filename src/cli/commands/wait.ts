import { durationOption } from '../arguments/duration.js';
import { readOptions, SERVICE_HELP, SERVICE_OPTIONS } from '../arguments/read-options.js';
import { notFoundError } from '../cli-error.js';
import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { BACKUP_HELP, findBackup, PLACE_HELP, PLACE_OPTIONS } from '../service/find-backup.js';
import { isDownloadable } from '../service/latest.js';
import type { Backup } from '../service/operations.js';
import { withService, type Service } from '../service/service.js';
import { ServiceError } from '../service/service-error.js';
import { notReady } from '../service/usable-link.js';
import { formatDuration } from '../terminal/format.js';
import { chooseNewest } from './backup-choice.js';

const DEFAULT_TIMEOUT_S = 86_400;
const DEFAULT_INTERVAL_S = 15;

const HELP = `Usage: backups wait <backup> [options]

Waits until a backup can be downloaded, then prints its ID. Exits with code 4 if the backup
failed, was deleted, or cannot be downloaded in time. \`latest\` is the newest backup of the
instance, whatever its status.

  --timeout T          how long to wait; default 24h
  --interval T         pause between checks; default ${DEFAULT_INTERVAL_S}s
${PLACE_HELP}${SERVICE_HELP}
${BACKUP_HELP}
Examples:
  backups wait cn-north-1/mysql-wp4e9ztap2/latest --timeout 2h
  backups get "$(backups wait cn-north-1/mysql-wp4e9ztap2/latest)"
`;

const OPTIONS = {
  ...SERVICE_OPTIONS,
  ...PLACE_OPTIONS,
  timeout: { type: 'string' },
  interval: { type: 'string' },
} as const;

export const wait: Command = {
  help: HELP,
  async run(args, context) {
    const { values, operands } = readOptions(args, OPTIONS, ['<backup>']);
    const times = {
      timeoutS: seconds('--timeout', values.timeout, DEFAULT_TIMEOUT_S),
      intervalS: seconds('--interval', values.interval, DEFAULT_INTERVAL_S),
    };
    await withService(values, context, async (service) => {
      const choose = chooseNewest(context.say);
      const backup = await findBackup(operands[0] ?? '', values, service, choose);
      await untilAvailable(backup, service, times, context);
      await context.stdout.write(`${backup.id}\n`);
    });
  },
};

function seconds(option: string, text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : durationOption(option, text);
}

interface Times {
  readonly timeoutS: number;
  readonly intervalS: number;
}

/** @throws CliError where it will not come, or not in time */
async function untilAvailable(
  backup: Backup,
  service: Service,
  { timeoutS, intervalS }: Times,
  { say, now, sleep, signal }: Context,
): Promise<void> {
  const { id } = backup;
  const end = now().getTime() + timeoutS * 1000;
  let reported = '';
  for (let state = await stateOf(backup, service); ; state = await look(id, service, state)) {
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
async function look(id: string, service: Service, before: State): Promise<State> {
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
