import { z } from 'zod';
import { isIdPart } from '../../../domain/ids.js';
import { isBackupFileName } from '../backup-file-name.js';
import { backupManifest } from '../manifest.js';
import type { KeptBackup, KnownInstance } from './known-instance.js';

export interface KeptHead {
  readonly format: string;
  /** Real path of the folder. */
  readonly root: string;
}

/** The form of the lines, and the members of backup.json that are read: another version may read more. */
export const FORMAT = `1 ${Object.keys(backupManifest.shape).sort().join(' ')}`;

/** Backups in a line: one is read or written without delaying requests. */
const PER_LINE = 200;

const storedFile = z.tuple([
  z.string().refine((name) => isBackupFileName(name) && !/[/\0]/.test(name)),
  z.int().nonnegative(),
  z.number(),
  z.string(),
]);
const keptBackup = z.tuple([
  z.string().refine(isIdPart),
  z.string(),
  backupManifest,
  z.array(storedFile),
]);

/** The lines of an instance: its name, a space, its backups. Only what can be proved unchanged later is kept. */
export function* keptLinesOf(instance: KnownInstance): Generator<string> {
  const { key, entries } = instance;
  const name = `${key.regionId}/${key.instanceId}`;
  let some: z.input<typeof keptBackup>[] = [];
  for (const [backupId, { note, told, unavailable = [] }] of entries) {
    if (!note.isFinal || told === null || unavailable.length > 0) continue;
    const files = instance
      .filesOf(backupId)
      .map((file): z.input<typeof storedFile> => [
        file.name,
        file.size,
        file.modifiedAt.getTime(),
        file.version,
      ]);
    some.push([backupId, note.stamp, told, files]);
    if (some.length < PER_LINE) continue;
    yield `${name} ${toLine(some)}`;
    some = [];
  }
  if (some.length > 0) yield `${name} ${toLine(some)}`;
}

/** JSON leaves two characters as they are that end a line for a line reader. */
function toLine(backups: readonly unknown[]): string {
  return JSON.stringify(backups).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

/**
 * Adds the backups of a line, without the name of its instance; each is checked as backup.json is.
 * @returns how many are not valid
 */
export function readKeptLine(json: string, backups: Map<string, KeptBackup>): number {
  let faults = 0;
  for (const row of rowsOf(json)) {
    const { success, data } = keptBackup.safeParse(row);
    if (!success) {
      faults += 1;
      continue;
    }
    const [backupId, stamp, manifest, files] = data;
    backups.set(backupId, {
      stamp,
      manifest,
      files: files.map(([name, size, modifiedAt, version]) => ({
        name,
        size,
        modifiedAt: new Date(modifiedAt),
        version,
      })),
    });
  }
  return faults;
}

function rowsOf(json: string): readonly unknown[] {
  try {
    const rows: unknown = JSON.parse(json);
    return Array.isArray(rows) ? rows : [null];
  } catch {
    return [null];
  }
}
