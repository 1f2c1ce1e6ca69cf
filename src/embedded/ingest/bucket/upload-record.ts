import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import type { NewBackup } from '../arguments.js';

/**
 * The content of the `.incomplete` marker of a backup that is being added: its files, so that the
 * same command can resume it on any machine.
 */
const uploadRecord = z.object({
  engine: z.string(),
  files: z.array(
    z.object({ name: z.string(), size: z.int().nonnegative(), modifiedMs: z.number() }),
  ),
});

export type UploadRecord = z.output<typeof uploadRecord>;

/** Describes the current files. */
export async function recordOf({ engine, files }: NewBackup): Promise<UploadRecord> {
  const facts = files.map(async (path) => {
    const { size, mtimeMs } = await stat(path);
    return { name: basename(path), size, modifiedMs: mtimeMs };
  });
  return { engine, files: await Promise.all(facts) };
}

/** Whether the content of a marker describes the same files. */
export function isSameUpload(text: string | null, record: UploadRecord): boolean {
  if (text === null) return false;
  try {
    const found = uploadRecord.parse(JSON.parse(text));
    return JSON.stringify(found) === JSON.stringify(uploadRecord.parse(record));
  } catch {
    return false;
  }
}
