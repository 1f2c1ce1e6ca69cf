import pLimit from 'p-limit';
import { formatInstanceId, isIdPart } from '../../domain/ids.js';
import { CliError, EXIT, notFoundError, usageError } from '../cli-error.js';
import type { Context } from '../command.js';
import { listed, shellWord } from '../terminal/text.js';
import type { ChooseLatest } from './latest.js';
import type { Backup } from './operations.js';
import { withService, type InstanceKey, type Service, type ServiceOptions } from './service.js';

export const BACKUP_HELP = `<backup> is one of
  <region>/<instance>/<backupId>   \`backups list <region>/<instance>\` lists the backupIds
  <region>/<instance>/latest       the newest backup of the instance
  <backupId>                       searched in all instances, or in that of --instance
A unique prefix of a backupId is enough. The region may be omitted if only one region has the
instance: <instance>/latest.
`;

/** The first characters of a backup id, at least one. */
const BEGINNING = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
/** Instances looked into at the same time. */
const CONCURRENCY = 8;

export interface BackupOptions extends ServiceOptions {
  readonly instance?: string | undefined;
  readonly region?: string | undefined;
}

/**
 * Opens the service and finds the backup a person names, in one of the forms of BACKUP_HELP.
 * @throws CliError where it names none, or several, or what `act` throws
 */
export function withBackup(
  text: string,
  options: BackupOptions,
  context: Context,
  chooseLatest: ChooseLatest,
  act: (backup: Backup, service: Service) => Promise<void>,
): Promise<void> {
  return withService(options, context, async (service) => {
    const choose: Choose = (backups, place) => chooseLatest(backups, place, context.say);
    await act(await findBackup(text, options, service, choose), service);
  });
}

type Choose = (backups: readonly Backup[], place: string) => Backup;

async function findBackup(
  text: string,
  { instance, region }: BackupOptions,
  service: Service,
  chooseLatest: Choose,
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
    const key = await findInstance(place, region, service).catch(async (error: unknown) => {
      const mayBeInstance = parts.length === 1 && name !== 'latest' && isNotFound(error);
      if (!mayBeInstance || !(await service.regions()).includes(place)) throw error;
      throw instanceAlone(`${place}/${name}`);
    });
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
  chooseLatest: Choose,
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
  const instances = await Promise.all(
    regions.map((regionId) => limit(() => rowsOf(service.instances(regionId)))),
  );
  const found = await Promise.all(
    instances
      .flat()
      .map((key) => limit(async () => matching(name, await rowsOf(service.backups(key))))),
  );
  const namesake = instances.flat().find(({ instanceId }) => instanceId === name);
  if (namesake !== undefined && found.flat().length === 0) throw instanceAlone(namesake.id);
  return theOne(name, found.flat(), region ?? 'the instances that exist now');
}

function isNotFound(error: unknown): boolean {
  return error instanceof CliError && error.exitCode === EXIT.notFound;
}

function instanceAlone(id: string): CliError {
  return usageError(
    `This names an instance: add /latest or the ID of a backup, which \`backups list ${shellWord(id)}\` shows.`,
  );
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

/**
 * The instance a person names: `<region>/<instance>`, or the instance alone where `--region` names its
 * region or one region alone has it. Only the last form asks the service.
 * @throws CliError
 */
export async function findInstance(
  text: string,
  region: string | undefined,
  service: Service,
): Promise<InstanceKey> {
  const [first = '', second, ...rest] = text.split('/');
  const [regionId, instanceId] = second === undefined ? [region, first] : [first, second];
  if (rest.length > 0 || !isIdPart(instanceId) || !(regionId === undefined || isIdPart(regionId))) {
    throw usageError(
      'This does not name an instance: give <region>/<instance>, as `backups instances` shows it.',
    );
  }
  if (second !== undefined && region !== undefined && region !== first) {
    throw usageError(
      '--region names another region than the instance does: leave one of them out.',
    );
  }
  return regionId === undefined ? searchRegions(instanceId, service) : { regionId, instanceId };
}

async function searchRegions(instanceId: string, service: Service): Promise<InstanceKey> {
  const keys = (await service.regions()).map((regionId) => ({ regionId, instanceId }));
  const known = await Promise.all(keys.map((key) => service.knows(key)));
  const [found, ...others] = keys.filter((_, i) => known[i]);
  if (found === undefined) throw noInstance(instanceId);
  if (others.length === 0) return found;
  const regions = [found, ...others].map(({ regionId }) => regionId).join(', ');
  throw usageError(
    `Several regions have an instance ${instanceId}: give --region with one of ${regions}.`,
  );
}

export function noInstance(name: string): Error {
  return notFoundError(`There is no instance ${name}: see \`backups instances\`.`);
}
