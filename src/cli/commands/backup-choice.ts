import { notFoundError } from '../cli-error.js';
import type { Context } from '../command.js';
import type { ChooseLatest } from '../service/find-backup.js';
import { latestDownloadable, latestOfAll } from '../service/latest.js';
import { shellWord } from '../terminal/shell-word.js';
import type { Backup } from '../service/operations.js';

type Say = Context['say'];

/** `latest` for who wants its files: the newest that can be downloaded. Says which, and what is newer. */
export function chooseDownloadable(say: Say): ChooseLatest {
  return (backups, instance) => {
    const { backup, newer } = latestDownloadable(backups);
    if (backup === null) throw nothingYet(newer, instance);
    say(`The latest backup is ${named(backup)}.`);
    const ahead = newer.filter(({ status }) => status === 'BUILDING' || status === 'ERROR');
    for (const { id, ...rest } of ahead.slice(0, 3)) {
      say(`A newer one ${whatHappens(rest)}: ${named({ id, ...rest })}.`);
    }
    sayWhatElseIsNeeded(backup, backups, say);
    return backup;
  };
}

/** `latest` for who waits: the newest, whatever became of it. */
export function chooseNewest(say: Say): ChooseLatest {
  return (backups, instance) => {
    const backup = latestOfAll(backups);
    if (backup === null) throw nothingYet([], instance);
    say(`The newest backup is ${named(backup)}.`);
    return backup;
  };
}

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

/** An incremental backup restores nothing by itself. */
function sayWhatElseIsNeeded(backup: Backup, backups: readonly Backup[], say: Say): void {
  if (backup.type !== 'INCREMENTAL') return;
  const before = backups.filter(
    ({ type, startedAt }) =>
      type === 'FULL' && (startedAt ?? '') <= (backup.startedAt ?? startedAt ?? ''),
  );
  const full = latestDownloadable(before).backup;
  const which = full === null ? '' : ` Of those listed, that is ${named(full)}.`;
  say(`It is incremental: to restore it you also need the full backup it is based on.${which}`);
}

function whatHappens({ status }: Pick<Backup, 'status'>): string {
  return status === 'BUILDING' ? 'is still in progress' : 'failed';
}

function named({ id, startedAt }: Pick<Backup, 'id' | 'startedAt'>): string {
  return startedAt === null ? id : `${id}, started ${startedAt}`;
}
