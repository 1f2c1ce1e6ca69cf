import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import type { NewBackup } from '../arguments.js';

/**
 * What stands in the object `.incomplete` of a backup that is being added: what it is made of, so that the same
 * command goes on with it after a break, from whatever machine.
 */
const uploadRecord = z.object({
  engine: z.string(),
  files: z.array(
    z.object({ name: z.string(), size: z.int().nonnegative(), modifiedMs: z.number() }),
  ),
});

export type UploadRecord = z.output<typeof uploadRecord>;

/** Of the files as they are now. */
export async function recordOf({ engine, files }: NewBackup): Promise<UploadRecord> {
  const facts = files.map(async (path) => {
    const { size, mtimeMs } = await stat(path);
    return { name: basename(path), size, modifiedMs: mtimeMs };
  });
  return { engine, files: await Promise.all(facts) };
}

/** Whether what stands in an object was begun with these files. */
export function isSameUpload(text: string | null, record: UploadRecord): boolean {
  if (text === null) return false;
  try {
    const found = uploadRecord.parse(JSON.parse(text));
    return JSON.stringify(found) === JSON.stringify(uploadRecord.parse(record));
  } catch {
    return false;
  }
}
