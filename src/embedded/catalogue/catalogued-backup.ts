import { fileTypeOf } from '../../domain/backup-file.js';
import {
  engineFromTraits,
  engineFromUpstream,
  isFileByFile,
  type Engine,
} from '../../domain/engines.js';
import type { BackupKey } from '../../domain/ids.js';
import type { Checksums } from './checksums.js';
import type { BackupManifest, InstanceManifest, Manifest } from './manifest.js';
import type { StoredFile } from './stored-file.js';
import { toZonelessTime } from './zoneless-time.js';

/** One backup of the store; what backup.json leaves out is filled in. */
export interface CataloguedBackup {
  readonly key: BackupKey;
  readonly manifest: Omit<BackupManifest, 'checksums' | 'objects'> & {
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
}

export interface BackupFacts {
  readonly key: BackupKey;
  readonly manifest: BackupManifest;
  readonly instance: Manifest<InstanceManifest>;
  readonly files: readonly StoredFile[];
  readonly timeZone: string;
}

/**
 * Fills in what backup.json leaves out: the status (RETAINED once the instance is deleted), the start
 * time and the size from the files.
 */
export function toBackup({
  key,
  manifest,
  instance,
  files,
  timeZone,
}: BackupFacts): CataloguedBackup {
  const { checksums, objects, ...told } = manifest;
  const described = instance.kind === 'read' ? instance.content : undefined;
  const engine = engineOf(manifest, described, files);
  const oldest = Math.min(...files.map(({ modifiedAt }) => modifiedAt.getTime()));
  return {
    key,
    instanceName: described?.instanceName,
    engine,
    fileByFile: engine !== null && isFileByFile(engine),
    files,
    checksums,
    objects,
    manifest: {
      ...(files.length > 0 && {
        backupStartTime: toZonelessTime(new Date(oldest), timeZone),
        backupSizeByte: files.reduce((sum, { size }) => sum + size, 0),
      }),
      ...told,
      backupStatus:
        manifest.backupStatus ?? (instance.kind === 'missing' ? 'RETAINED' : 'COMPLETED'),
    },
  };
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
