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
import { FaultsError } from './faults-error.js';

/** What to add. Everything that can be checked without looking at the disk has been. */
export interface NewBackup {
  readonly key: BackupKey;
  readonly engine: Engine;
  /** Absolute paths; their base names differ. */
  readonly files: readonly string[];
  readonly name: string | undefined;
  /** Of engines that tell one. */
  readonly type: string | undefined;
  /** Hard-link instead of copy. */
  readonly link: boolean;
}

const OPTIONS = {
  region: { type: 'string' },
  instance: { type: 'string' },
  engine: { type: 'string' },
  file: { type: 'string', multiple: true },
  name: { type: 'string' },
  type: { type: 'string' },
  'backup-id': { type: 'string' },
  link: { type: 'boolean' },
} as const;

const DOWNLOADABLE = ENGINE_NAMES.filter((engine) => ENGINES[engine].rules.links !== null);
const TYPED = ENGINE_NAMES.filter((engine) => ENGINES[engine].traits.type);
const ENGINE_LIST = DOWNLOADABLE.map((engine) => `"${ENGINES[engine].upstreamName}"`).join(', ');

const labelsOf = (engines: readonly Engine[]): string =>
  engines.map((engine) => ENGINES[engine].label).join(', ');

export const USAGE = `Usage: npm run add-backup -- --region ID --instance ID --engine ENGINE --file PATH [options]

  --region ID       region code, as cn-north-1
  --instance ID     instance id, as mysql-wp4e9ztap2; a new one is created
  --engine ENGINE   one of ${ENGINE_LIST}, in any case
  --file PATH       file of the backup; several for ${labelsOf(ENGINE_NAMES.filter(isFileByFile))}, each with its own --file
  --name NAME       name of the backup
  --type full|diff  for ${labelsOf(TYPED)} only; by default diff where every file ends in .diff, else full
  --backup-id ID    by default a new UUID
  --link            hard-link the files instead of copying them
`;

/**
 * Reads the command line.
 * @param cwd folder that relative paths start from
 * @throws FaultsError with everything that is wrong
 */
export function parseArguments(args: readonly string[], cwd: string): NewBackup {
  const values = readOptions(args);
  const { region = '', instance = '', 'backup-id': backupId = randomUUID(), type } = values;
  const files = (values.file ?? []).map((path) => resolve(cwd, path));
  const engine = engineFromUpstream(values.engine ?? '');
  const faults = [
    ...idFaults({ '--region': region, '--instance': instance, '--backup-id': backupId }),
    ...engineFaults(engine),
    ...fileFaults(files, engine),
    ...typeFaults(type, engine),
  ];
  if (faults.length > 0 || engine === null) throw new FaultsError(faults);
  return {
    key: { regionId: region, instanceId: instance, backupId },
    engine,
    files,
    name: values.name,
    type: ENGINES[engine].traits.type ? (type ?? typeOf(files)) : undefined,
    link: values.link ?? false,
  };
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new FaultsError([error instanceof Error ? error.message : String(error)]);
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

function fileFaults(files: readonly string[], engine: Engine | null): string[] {
  if (files.length === 0) return ['--file: at least one file is needed'];
  const names = files.map((path) => basename(path));
  const repeated = new Set(names.filter((name, i) => names.indexOf(name) !== i));
  const ignored = names.filter((name) => !isBackupFileName(name));
  const faults = [
    ...[...repeated].map((name) => `--file: two files have the name "${name}"`),
    ...ignored.map((name) => `--file: a file named "${name}" is never listed; rename it first`),
  ];
  if (files.length > 1 && engine !== null && !isFileByFile(engine)) {
    faults.push(`--file: a ${ENGINES[engine].label} backup is one file, the whole set`);
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
