import { fileTypeOf } from '../../domain/backup-file.js';
import {
  engineFromTraits,
  engineFromUpstream,
  isFileByFile,
  type Engine,
} from '../../domain/engines.js';
import { formatBackupId, type BackupKey } from '../../domain/ids.js';
import type { Checksums } from './checksums.js';
import { notWholeFacts, type ReportFinding } from './findings.js';
import type { BackupManifest, InstanceManifest, Manifest } from './manifest.js';
import type { StoredFile } from './stored-file.js';
import { toZonelessTime } from './zoneless-time.js';

/** One backup of the store; what backup.json leaves out is filled in. */
export interface CataloguedBackup {
  readonly key: BackupKey;
  readonly manifest: Told & { readonly backupStatus: string };
  /** Of its files; `sha256Of` returns those that still apply. */
  readonly checksums: Checksums | undefined;
  /** Keys of files that stand elsewhere in the bucket. */
  readonly objects?: readonly string[] | undefined;
  readonly instanceName: string | undefined;
  /** Null if it is not given, or not a known one. */
  readonly engine: Engine | null;
  /** Whether this engine's files are downloaded one by one; else the set is one file. */
  readonly fileByFile: boolean;
  readonly files: readonly StoredFile[];
  /**
   * Names, sorted, of what belongs to the backup but is missing from the store or cannot be served.
   * Unless empty, the backup is not whole and its size is unknown.
   */
  readonly unavailableFiles: readonly string[];
}

/** What backup.json says of more than files, member by member. */
type Told = {
  readonly [Name in Exclude<keyof BackupManifest, 'checksums' | 'objects' | 'backupFiles'>]-?:
    BackupManifest[Name] | undefined;
};

/** What a store found under the id of a backup. */
export interface FoundBackup {
  readonly key: BackupKey;
  readonly manifest: Manifest<BackupManifest>;
  readonly instance: Manifest<InstanceManifest>;
  readonly files: readonly StoredFile[];
  /** Names of what the store found and cannot serve, or looked for in vain. */
  readonly unavailable?: readonly string[] | undefined;
}

/**
 * Fills in what backup.json leaves out: the status (RETAINED once the instance is deleted), the start
 * time and the size from the files. Files that backup.json names and the store lacks are unavailable.
 * @param timeZone UTC offset of derived times, for example `+08:00`
 * @returns null if backup.json is broken
 */
export function toBackup(
  { key, manifest, instance, files, unavailable = NONE }: FoundBackup,
  timeZone: string,
): CataloguedBackup | null {
  if (manifest.kind === 'broken') return null;
  const told = manifest.kind === 'read' ? manifest.content : NOTHING_TOLD;
  const described = instance.kind === 'read' ? instance.content : undefined;
  const engine = engineOf(told, described, files);
  const unavailableFiles = missingFrom(files, [...namedFiles(told, files), ...unavailable]);
  const isWhole = files.length > 0 && unavailableFiles.length === 0;
  return {
    key,
    instanceName: described?.instanceName,
    engine,
    fileByFile: engine !== null && isFileByFile(engine),
    files,
    unavailableFiles,
    checksums: told.checksums,
    objects: told.objects,
    // Member by member, so that all have one shape: for 100,000 backups, spreads take seconds.
    manifest: {
      engine: told.engine,
      backupName: told.backupName,
      backupStatus: told.backupStatus ?? (instance.kind === 'missing' ? 'RETAINED' : 'COMPLETED'),
      backupStartTime: toLocal(told.backupStartTime, timeZone) ?? oldestOf(files, timeZone),
      backupEndTime: toLocal(told.backupEndTime, timeZone),
      backupType: told.backupType,
      backupMode: told.backupMode,
      backupUnit: told.backupUnit,
      backupMethod: told.backupMethod,
      backupSizeByte: told.backupSizeByte ?? (isWhole ? sizeOf(files) : undefined),
    },
  };
}

/** Warns of a backup that is not whole, unless it is still being made. */
export function reportNotWhole(
  { key, manifest, unavailableFiles: names }: CataloguedBackup,
  report: ReportFinding,
): void {
  const id = formatBackupId(key);
  const isNews = names.length > 0 && manifest.backupStatus !== 'BUILDING';
  report('notWhole', id, isNews ? notWholeFacts(id, names) : null);
}

function oldestOf(files: readonly StoredFile[], timeZone: string): string | undefined {
  if (files.length === 0) return undefined;
  const oldest = files.reduce((least, { modifiedAt }) => Math.min(least, modifiedAt), Infinity);
  return toZonelessTime(new Date(oldest), timeZone);
}

function sizeOf(files: readonly StoredFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Times of the API have no zone, and lists are sorted by their texts: people may write one all the same. */
function toLocal(time: string | undefined, timeZone: string): string | undefined {
  if (time === undefined || !ZONED.test(time)) return time;
  const instant = new Date(time.replace(' ', 'T'));
  return toZonelessTime(instant, timeZone) ?? time;
}

const ZONED = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/i;
const NONE: readonly string[] = [];
const NOTHING_TOLD: BackupManifest = {};

/**
 * Names of files that backup.json says the backup consists of. Digests tell, too, unless there are as
 * many files as digests: then a missing one has been renamed.
 */
function namedFiles(
  { backupFiles = [], checksums = {} }: Pick<BackupManifest, 'backupFiles' | 'checksums'>,
  files: readonly StoredFile[],
): readonly string[] {
  const digested = Object.keys(checksums);
  return files.length < digested.length ? [...backupFiles, ...digested] : backupFiles;
}

/**
 * Names of the files that the keys of `objects` lead to, by key: the last segment, or, if several files
 * have that, the whole key with underscores for slashes, so that each has a name of its own.
 * @param taken names of files that the backup has besides
 */
export function namesOf(
  keys: readonly string[],
  taken: readonly string[] = NONE,
): ReadonlyMap<string, string> {
  const lastOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);
  const unique = [...new Set(keys)];
  const holders = new Map(taken.map((name) => [name, 1]));
  for (const key of unique) holders.set(lastOf(key), (holders.get(lastOf(key)) ?? 0) + 1);
  const names = new Map<string, string>();
  const given = new Set(taken);
  for (const key of unique) {
    const last = lastOf(key);
    const isAlone = last !== '' && holders.get(last) === 1;
    let name = isAlone ? last : key.replaceAll('/', '_');
    while (given.has(name)) name = `_${name}`;
    given.add(name);
    names.set(key, name);
  }
  return names;
}

function missingFrom(files: readonly StoredFile[], names: readonly string[]): readonly string[] {
  if (names.length === 0) return NONE;
  const found = new Set(files.map(({ name }) => name));
  const missing = new Set(names.filter((name) => !found.has(name)));
  return missing.size === 0 ? NONE : [...missing].sort();
}

/** backup.json, else instance.json, else what only one engine's backups have: fields and suffixes. */
function engineOf(
  manifest: BackupManifest,
  instance: InstanceManifest | undefined,
  files: readonly StoredFile[],
): Engine | null {
  const told = manifest.engine ?? instance?.engine;
  if (told !== undefined) return engineFromUpstream(told);
  const names = files.map(({ name }) => name);
  return engineFromTraits({
    // The set of any engine is a file too: only suffixes tell files that are downloaded one by one.
    files: names.every((name) => fileTypeOf(name) !== null) ? names : [],
    type: manifest.backupType,
    unit: manifest.backupUnit,
  });
}
