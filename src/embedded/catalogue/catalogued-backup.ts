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
  readonly manifest: Omit<BackupManifest, 'checksums' | 'objects' | 'backupFiles'> & {
    readonly backupStatus: string;
  };
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

/** What a store found under the id of a backup. */
export interface FoundBackup extends Omit<BackupFacts, 'manifest' | 'timeZone'> {
  readonly manifest: Manifest<BackupManifest>;
}

/**
 * One backup as a store found it, with a warning if it is not whole.
 * @returns null if its manifest is broken
 */
export function readBackup(
  { manifest, ...found }: FoundBackup,
  timeZone: string,
  report: ReportFinding,
): CataloguedBackup | null {
  if (manifest.kind === 'broken') return null;
  const content = manifest.kind === 'read' ? manifest.content : {};
  const backup = toBackup({ ...found, manifest: content, timeZone });
  const names = backup.unavailableFiles;
  const id = formatBackupId(backup.key);
  const isNews = names.length > 0 && backup.manifest.backupStatus !== 'BUILDING';
  report('notWhole', id, isNews ? notWholeFacts(id, names) : null);
  return backup;
}

export interface BackupFacts {
  readonly key: BackupKey;
  readonly manifest: BackupManifest;
  readonly instance: Manifest<InstanceManifest>;
  readonly files: readonly StoredFile[];
  /** Names of what the store found and cannot serve, or looked for in vain. */
  readonly unavailable?: readonly string[] | undefined;
  readonly timeZone: string;
}

/**
 * Fills in what backup.json leaves out: the status (RETAINED once the instance is deleted), the start
 * time and the size from the files. Files that backup.json names and the store lacks are unavailable.
 */
export function toBackup({
  key,
  manifest,
  instance,
  files,
  unavailable = NONE,
  timeZone,
}: BackupFacts): CataloguedBackup {
  const { checksums, objects, backupFiles, ...told } = manifest;
  const described = instance.kind === 'read' ? instance.content : undefined;
  const engine = engineOf(manifest, described, files);
  const unavailableFiles = missingFrom(files, [
    ...namedFiles({ backupFiles, checksums }, files),
    ...unavailable,
  ]);
  const oldest = Math.min(...files.map(({ modifiedAt }) => modifiedAt.getTime()));
  return {
    key,
    instanceName: described?.instanceName,
    engine,
    fileByFile: engine !== null && isFileByFile(engine),
    files,
    unavailableFiles,
    checksums,
    objects,
    manifest: {
      ...(files.length > 0 && {
        backupStartTime: toZonelessTime(new Date(oldest), timeZone),
        ...(unavailableFiles.length === 0 && {
          backupSizeByte: files.reduce((sum, { size }) => sum + size, 0),
        }),
      }),
      ...told,
      ...(told.backupStartTime && { backupStartTime: toLocal(told.backupStartTime, timeZone) }),
      ...(told.backupEndTime && { backupEndTime: toLocal(told.backupEndTime, timeZone) }),
      backupStatus:
        manifest.backupStatus ?? (instance.kind === 'missing' ? 'RETAINED' : 'COMPLETED'),
    },
  };
}

/** Times of the API have no zone, and lists are sorted by their texts: people may write one all the same. */
function toLocal(time: string, timeZone: string): string {
  if (!ZONED.test(time)) return time;
  const instant = new Date(time.replace(' ', 'T'));
  return toZonelessTime(instant, timeZone) ?? time;
}

const ZONED = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/i;
const NONE: readonly string[] = [];

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
