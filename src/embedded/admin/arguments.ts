import { randomUUID } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  ENGINES,
  ENGINE_NAMES,
  engineFromUpstream,
  isFileByFile,
  type Engine,
} from '../../domain/engines.js';
import { isIdPart, type BackupKey } from '../../domain/ids.js';
import { isBackupFileName } from '../catalogue/backup-file-name.js';
import { usageFault } from './admin-error.js';

/** The backup to add, validated as far as possible without reading the disk. */
export interface NewBackup {
  readonly key: BackupKey;
  /** Whether the backup id was given rather than generated. */
  readonly isIdGiven: boolean;
  readonly engine: Engine;
  /** Absolute paths; their base names differ. */
  readonly files: readonly string[];
  /** Keys of objects already in the bucket, instead of files; their last segments differ. */
  readonly objects: readonly string[];
  readonly name: string | undefined;
  /** For engines that have backup types. */
  readonly type: string | undefined;
  /** Whether to hard-link files instead of copying them. */
  readonly link: boolean;
  /** Whether to accept empty files. */
  readonly allowEmpty: boolean;
}

const OPTIONS = {
  region: { type: 'string' },
  instance: { type: 'string' },
  engine: { type: 'string' },
  file: { type: 'string', multiple: true },
  object: { type: 'string', multiple: true },
  name: { type: 'string' },
  type: { type: 'string' },
  'backup-id': { type: 'string' },
  link: { type: 'boolean' },
  'allow-empty': { type: 'boolean' },
} as const;

const DOWNLOADABLE = ENGINE_NAMES.filter((engine) => ENGINES[engine].rules.links !== null);
const TYPED = ENGINE_NAMES.filter((engine) => ENGINES[engine].traits.type);
const ENGINE_LIST = DOWNLOADABLE.map((engine) => `"${ENGINES[engine].upstreamName}"`).join(', ');

const labelsOf = (engines: readonly Engine[]): string =>
  engines.map((engine) => ENGINES[engine].label).join(', ');

export const ADD_OPTIONS_HELP = `  --region ID       region code, for example cn-north-1
  --instance ID     instance id, for example mysql-wp4e9ztap2; created if it is new
  --engine ENGINE   one of ${ENGINE_LIST}; case does not matter
  --file PATH       file of the backup; several are allowed for ${labelsOf(ENGINE_NAMES.filter(isFileByFile))}, each with its own --file
  --object KEY      instead of --file, with a bucket: full key of an object already in the bucket;
                    nothing is copied
  --name NAME       name of the backup
  --type full|diff  for ${labelsOf(TYPED)} only; default: diff if every file ends in .diff, otherwise full
  --backup-id ID    default: a new UUID
  --link            with a folder: hard-link the files instead of copying them; computes no SHA-256
  --allow-empty     accept empty files
`;

/**
 * Parses the command line.
 * @param cwd base folder of relative paths
 * @throws AdminError with all faults
 */
export function parseArguments(args: readonly string[], cwd: string): NewBackup {
  const values = readOptions(args);
  const { region = '', instance = '', 'backup-id': givenId, type } = values;
  const backupId = givenId ?? randomUUID();
  const objects = values.object ?? [];
  const files = (values.file ?? []).map((path) => resolve(cwd, path));
  const engine = engineFromUpstream(values.engine ?? '');
  const faults = [
    ...idFaults({ '--region': region, '--instance': instance, '--backup-id': backupId }),
    ...engineFaults(engine),
    ...(backupId === 'latest' ? ['--backup-id: "latest" is reserved for the newest backup'] : []),
    ...sourceFaults(files, objects),
    ...fileFaults(files, engine, '--file'),
    ...fileFaults(objects.map(lastSegment), engine, '--object'),
    ...typeFaults(type, engine),
  ];
  if (faults.length > 0 || engine === null) throw usageFault(...faults);
  return {
    key: { regionId: region, instanceId: instance, backupId },
    isIdGiven: givenId !== undefined,
    engine,
    files,
    objects,
    name: values.name,
    type: ENGINES[engine].traits.type ? (type ?? typeOf([...files, ...objects])) : undefined,
    link: values.link ?? false,
    allowEmpty: values['allow-empty'] ?? false,
  };
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw usageFault(error instanceof Error ? error.message : String(error));
  }
}

function idFaults(ids: Readonly<Record<string, string>>): string[] {
  return Object.entries(ids)
    .filter(([, id]) => !isIdPart(id))
    .map(([option]) => `${option}: expected 1 to 128 letters, digits or inner hyphens`);
}

function engineFaults(engine: Engine | null): string[] {
  if (engine === null) return [`--engine: expected one of ${ENGINE_LIST}`];
  const { label, rules } = ENGINES[engine];
  return rules.links === null
    ? [`--engine: ${label} backups have no download link; expected one of ${ENGINE_LIST}`]
    : [];
}

function lastSegment(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

function sourceFaults(files: readonly string[], objects: readonly string[]): string[] {
  if (files.length === 0 && objects.length === 0) return ['--file: at least one file is required'];
  return files.length > 0 && objects.length > 0
    ? ['--object: give --file or --object, not both']
    : [];
}

function fileFaults(
  files: readonly string[],
  engine: Engine | null,
  option: '--file' | '--object',
): string[] {
  const names = files.map((path) => basename(path));
  const repeated = new Set(names.filter((name, i) => names.indexOf(name) !== i));
  const ignored = names.filter((name) => !isBackupFileName(name));
  const faults = [
    ...[...repeated].map((name) => `${option}: two files have the name "${name}"`),
    ...ignored.map((name) => `${option}: a file named "${name}" is never listed; rename it first`),
  ];
  if (files.length > 1 && engine !== null && !isFileByFile(engine)) {
    faults.push(`${option}: a ${ENGINES[engine].label} backup is a single file, the whole set`);
  }
  return faults;
}

function typeFaults(type: string | undefined, engine: Engine | null): string[] {
  if (type === undefined) return [];
  if (type !== 'full' && type !== 'diff') return ['--type: expected full or diff'];
  return engine === null || ENGINES[engine].traits.type
    ? []
    : [`--type: is for ${labelsOf(TYPED)} only`];
}

function typeOf(files: readonly string[]): string {
  return files.every((path) => path.endsWith('.diff')) ? 'diff' : 'full';
}
