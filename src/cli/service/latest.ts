import { notFoundError } from '../cli-error.js';
import type { Context } from '../command.js';
import { timeCell } from '../terminal/table.js';
import { shellWord } from '../terminal/text.js';
import type { Backup } from './operations.js';
import { isDownloadable } from './usable-link.js';

/** What a person means by `latest`, of the backups of an instance; says which it is. @throws CliError for none */
export type ChooseLatest = (
  backups: readonly Backup[],
  instance: string,
  say: Context['say'],
) => Backup;

/** `latest` for those who want its files: the newest that can be downloaded. Also says what is newer. */
export const chooseDownloadable: ChooseLatest = (backups, instance, say) => {
  const { backup, newer } = latestDownloadable(backups);
  if (backup === null) throw nothingYet(newer, instance);
  say(`The latest backup is ${named(backup)}.`);
  const ahead = newer.filter(({ status }) => status === 'BUILDING' || status === 'ERROR');
  for (const one of ahead.slice(0, 3)) {
    const what = one.status === 'BUILDING' ? 'is still in progress' : 'failed';
    say(`A newer one ${what}: ${named(one)}.`);
  }
  if (backup.type === 'INCREMENTAL') {
    // An incremental backup restores nothing by itself.
    const full = latestDownloadable(
      backups.filter(
        ({ type, startedAt }) =>
          type === 'FULL' && (startedAt ?? '') <= (backup.startedAt ?? startedAt ?? ''),
      ),
    ).backup;
    const which = full === null ? '' : ` Of those listed, that is ${named(full)}.`;
    say(`It is incremental: to restore it you also need the full backup it is based on.${which}`);
  }
  return backup;
};

/** `latest` for those who wait: the newest, whatever its status. */
export const chooseNewest: ChooseLatest = (backups, instance, say) => {
  const backup = latestOfAll(backups);
  if (backup === null) throw nothingYet([], instance);
  say(`The newest backup is ${named(backup)}.`);
  return backup;
};

function nothingYet(newer: readonly Backup[], instance: string): Error {
  const building = newer.find(({ status }) => status === 'BUILDING');
  if (building !== undefined) {
    return notFoundError(
      `No backup of ${instance} can be downloaded yet, and ${building.id} is in progress: run \`backups wait ${shellWord(`${instance}/latest`)}\`.`,
    );
  }
  return newer.length === 0
    ? notFoundError(`${instance} has no backups: make one in the cloud console.`)
    : notFoundError(
        `No backup of ${instance} can be downloaded: see \`backups list ${shellWord(instance)}\`.`,
      );
}

function named({ id, startedAt }: Backup): string {
  const time = timeCell(startedAt);
  return time === null ? id : `${id}, started ${time}`;
}

/**
 * The newest backup that can be downloaded, and what is newer but cannot, newest first. Lists promise no order, so
 * all rows count. Of backups that began in the same second the one that ended later is newer, then the one with the
 * greater ID, so that the choice is the same each time.
 */
export function latestDownloadable(backups: readonly Backup[]): {
  readonly backup: Backup | null;
  readonly newer: readonly Backup[];
} {
  const sorted = newestFirst(backups);
  const at = sorted.findIndex(isDownloadable);
  if (at === -1) return { backup: null, newer: sorted };
  return { backup: sorted[at] ?? null, newer: sorted.slice(0, at) };
}

/** The newest backup, whatever its status, except those being deleted. */
export function latestOfAll(backups: readonly Backup[]): Backup | null {
  const staying = backups.filter(
    ({ status }) => status !== 'DELETING' && status !== 'DELETE_ERROR',
  );
  return newestFirst(staying)[0] ?? null;
}

function newestFirst(backups: readonly Backup[]): Backup[] {
  return backups.toSorted(
    (a, b) => beganAt(b) - beganAt(a) || endedAt(b) - endedAt(a) || (a.id < b.id ? 1 : -1),
  );
}

/** Milliseconds since 1970. Without a start: the newest while it is in progress, else by its end, else the oldest. */
function beganAt(backup: Backup): number {
  const time = timeOf(backup.startedAt);
  if (time !== null) return time;
  return backup.status === 'BUILDING' ? Number.MAX_VALUE : endedAt(backup);
}

function endedAt(backup: Backup): number {
  return timeOf(backup.endedAt) ?? -Number.MAX_VALUE;
}

function timeOf(text: string | null): number | null {
  const time = text === null ? NaN : Date.parse(text);
  return Number.isNaN(time) ? null : time;
}
