import { databaseNameOf } from '../../domain/backup-file.js';
import { ENGINES } from '../../domain/engines.js';
import { isIdPart, type InstanceKey } from '../../domain/ids.js';
import { newestFirst, startOf } from '../catalogue/newest-first.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { CataloguedBackup } from '../catalogue/catalogued-backup.js';
import { comparableTime } from '../catalogue/zoneless-time.js';
import { notFound } from './api-error.js';
import { parseFilters, type FilterRule, type Filters } from './filters.js';
import {
  oneOf,
  required,
  requiredPage,
  rowsOf,
  zonelessTime,
  type Parameters,
} from './parameters.js';

type Test = (backup: CataloguedBackup) => boolean;

const FILTERS: Readonly<Record<string, FilterRule<CataloguedBackup>>> = {
  backupId: { operators: ['eq'], valueOf: ({ key }) => key.backupId },
  backupName: { operators: ['eq', 'like'], valueOf: ({ manifest }) => manifest.backupName },
  auto: { operators: ['eq'], valueOf: autoOf },
  backupMethod: { operators: ['eq'], valueOf: ({ manifest }) => manifest.backupMethod },
  instanceName: { operators: ['eq'], valueOf: ({ instanceName }) => instanceName },
};

/** describeBackups: one page of the backups of an instance, newest first. @throws ApiError */
export async function describeBackups(
  catalogue: Catalogue,
  { regionId }: { readonly regionId: string },
  parameters: Parameters,
): Promise<object> {
  const instanceId = required(parameters, 'instanceId');
  const page = requiredPage(parameters);
  const filters = parseFilters(parameters, FILTERS);
  const tests = [filters.matches, ...olderFilters(parameters)];
  const isAll = [...parameters.keys()].every((name) => UNFILTERED.includes(name));
  for (let cut = 1; ; cut += 1) {
    const backups = await rowsToSearch(catalogue, { regionId, instanceId }, filters);
    const found = isAll ? backups : backups.filter((row) => tests.every((test) => test(row)));
    const rows = rowsOf(found, page);
    const isStale = cut < MAX_CUTS && (await catalogue.recheck(rows));
    if (!isStale) return { backup: rows.map(toRow), totalCount: found.length };
  }
}

/** Maximum attempts to cut a page whose backups change in the meantime. */
const MAX_CUTS = 3;

/** Parameters of an unfiltered list, which is returned without testing each backup. */
const UNFILTERED = ['instanceId', 'pageNumber', 'pageSize'];

/** The candidates for the filters: the backups with the requested IDs, otherwise all. */
async function rowsToSearch(
  catalogue: Catalogue,
  instance: InstanceKey,
  filters: Filters<CataloguedBackup>,
): Promise<readonly CataloguedBackup[]> {
  const ids = filters.valuesOf('backupId');
  const found = await Promise.all(
    [...new Set(ids)]
      .filter(isIdPart)
      .map((backupId) => catalogue.backup({ ...instance, backupId })),
  );
  const rows = found.filter((backup) => backup !== null).sort(newestFirst);
  if (rows.length > 0) return rows;
  const all = await catalogue.backups(instance);
  if (all === null) throw notFound('No instance in the region has this instanceId.');
  return ids === undefined ? all : [];
}

/** Parameters that predate `filters`. */
function olderFilters(parameters: Parameters): Test[] {
  const auto = oneOf(parameters, 'auto', ['0', '1']);
  const type = oneOf(parameters, 'backupTypeFilter', ['full', 'diff']);
  const database = parameters.get('dbNameFilter');
  const from = zonelessTime(parameters, 'backupTimeRangeStartFilter');
  const to = zonelessTime(parameters, 'backupTimeRangeEndFilter');
  const tests: (Test | false)[] = [
    auto !== undefined && ((backup) => autoOf(backup) === auto),
    type !== undefined && (({ manifest }) => manifest.backupType === type),
    database !== undefined && ((backup) => holds(backup, database)),
    from !== undefined && ((backup) => startOf(backup) >= comparableTime(from)),
    to !== undefined &&
      ((backup) => startOf(backup) !== '' && startOf(backup) <= comparableTime(to)),
  ];
  return tests.filter((test) => test !== false);
}

function holds({ fileByFile, files, unavailableFiles }: CataloguedBackup, database: string) {
  return (
    fileByFile &&
    (files.some(({ name }) => databaseNameOf(name) === database) ||
      unavailableFiles.some((name) => databaseNameOf(name) === database))
  );
}

function autoOf({ manifest: { backupMode } }: CataloguedBackup): '0' | '1' {
  return backupMode === 'auto' || backupMode === 'Automated' ? '1' : '0';
}

/**
 * Type, unit and files are included for engines that have them, unavailable files after all others and
 * without a size. `unavailableFiles` names those of any engine; the cloud has no such member.
 */
function toRow(backup: CataloguedBackup): object {
  const { key, manifest, engine, instanceName, fileByFile, files, unavailableFiles } = backup;
  const traits = engine === null ? null : ENGINES[engine].traits;
  const { backupType, backupUnit, ...common } = manifest;
  return {
    backupId: key.backupId,
    instanceId: key.instanceId,
    instanceName,
    ...common,
    ...(traits?.type && { backupType }),
    ...(traits?.unit && { backupUnit }),
    ...(fileByFile && {
      backupFiles: [...files.map(({ name }) => name), ...unavailableFiles],
      backupFileSizeByte: [...files.map(({ size }) => size), ...unavailableFiles.map(() => null)],
    }),
    ...(unavailableFiles.length > 0 && { unavailableFiles }),
  };
}
