import pLimit from 'p-limit';
import { formatInstanceId, isIdPart } from '../../domain/ids.js';
import { notFoundError, usageError } from '../cli-error.js';
import { findInstance, noInstance } from './find-instance.js';
import type { Backup } from './operations.js';
import type { InstanceKey, Service } from './service.js';
import { listed } from './service-error.js';
import { shellWord } from '../terminal/shell-word.js';

/** What a person means by `latest`, of the backups of an instance. */
export type ChooseLatest = (backups: readonly Backup[], instance: string) => Backup;

export interface BackupPlace {
  readonly instance?: string | undefined;
  readonly region?: string | undefined;
}

export const PLACE_OPTIONS = {
  instance: { type: 'string' },
  region: { type: 'string' },
} as const;

export const BACKUP_HELP = `<backup> is one of
  <region>/<instance>/<backupId>   \`backups list <region>/<instance>\` lists the backupIds
  <region>/<instance>/latest       the newest backup of the instance
  <backupId>                       searched in all instances, or in that of --instance
A unique prefix of a backupId is enough. The region may be omitted if only one region has the
instance: <instance>/latest.
`;

export const PLACE_HELP = `  --instance I         where <backup> is a backupId or \`latest\` alone: its instance
  --region R           region of the instance
`;

/** The first characters of a backup id, at least one. */
const BEGINNING = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
/** Instances looked into at the same time. */
const CONCURRENCY = 8;

/**
 * The backup a person names, in one of the forms of BACKUP_HELP.
 * @throws CliError where it names none, or several
 */
export async function findBackup(
  text: string,
  { instance, region }: BackupPlace,
  service: Service,
  chooseLatest: ChooseLatest,
): Promise<Backup> {
  const parts = text.split('/');
  const name = parts.pop() ?? '';
  if (parts.length > 2 || !BEGINNING.test(name)) {
    throw usageError(
      'This does not name a backup: give <region>/<instance>/<backupId>; `backups list` lists the backupIds.',
    );
  }
  if (parts.length > 0 && instance !== undefined) {
    throw usageError('The instance is given twice: leave out --instance.');
  }
  const place = parts.length > 0 ? parts.join('/') : instance;
  if (place !== undefined) {
    const key = await findInstance(place, region, service);
    return findInInstance(name, key, service, chooseLatest);
  }
  if (name === 'latest') {
    throw usageError('The latest of which instance? Give <region>/<instance>/latest.');
  }
  return findAnywhere(name, region, service);
}

async function findInInstance(
  name: string,
  key: InstanceKey,
  service: Service,
  chooseLatest: ChooseLatest,
): Promise<Backup> {
  const place = formatInstanceId(key);
  if (name !== 'latest' && isIdPart(name)) {
    const exact = await service.backup(`${place}/${name}`);
    if (exact !== null) return exact;
  }
  const backups = await rowsOf(service.backups(key));
  if (backups.length === 0 && !(await service.knows(key))) throw noInstance(place);
  if (name === 'latest') return chooseLatest(backups, place);
  return theOne(name, matching(name, backups), place);
}

async function findAnywhere(
  name: string,
  region: string | undefined,
  service: Service,
): Promise<Backup> {
  const regions = region === undefined ? await service.regions() : [region];
  const limit = pLimit(CONCURRENCY);
  const searches = await Promise.all(
    regions.map((regionId) => limit(() => instancesOf(regionId, service))),
  );
  const found = await Promise.all(
    searches.flat().map((key) => limit(() => searchInstance(name, key, service))),
  );
  return theOne(name, found.flat(), region ?? 'the instances that exist now');
}

function instancesOf(regionId: string, service: Service): Promise<InstanceKey[]> {
  return rowsOf(service.instances(regionId));
}

async function searchInstance(name: string, key: InstanceKey, service: Service): Promise<Backup[]> {
  const found: Backup[] = [];
  for await (const page of service.backups(key)) found.push(...matching(name, page));
  return found;
}

async function rowsOf<Row>(pages: AsyncIterable<readonly Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}

function matching(beginning: string, backups: readonly Backup[]): Backup[] {
  return backups.filter(({ backupId }) => backupId.startsWith(beginning));
}

/** A whole id counts before those it is the beginning of. */
function theOne(name: string, found: readonly Backup[], place: string): Backup {
  const whole = found.filter(({ backupId }) => backupId === name);
  const [backup, ...others] = whole.length > 0 ? whole : found;
  if (backup === undefined) {
    throw notFoundError(
      `No backup of ${place} begins with ${name}: see \`backups list\`; a backup of a deleted instance needs <region>/<instance>/<backupId>.`,
    );
  }
  if (others.length === 0) return backup;
  const ids = [backup, ...others].map(({ id }) => shellWord(id));
  throw usageError(`${name} matches several backups: give one of ${listed(ids)}.`);
}
