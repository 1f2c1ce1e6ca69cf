import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

/** What the state of a later form, which this one could misread, does not say. */
const FORMAT = 'backups-get/1';

const count = z.number().int().nonnegative();

const stateSchema = z.object({
  /** URL of the service. */
  service: z.string(),
  backup: z.string(),
  file: z.string().nullable(),
  sizeBytes: count.nullable(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  isStrong: z.boolean(),
  /** Bytes that are on the disk: first, and the one after the last. */
  done: z.array(z.tuple([count, count])),
});

const savedSchema = z.object({ format: z.literal(FORMAT), state: stateSchema });

/** What of a file is on the disk, and which version of which file it is. Holds no link and no token. */
export type State = z.infer<typeof stateSchema>;

/** `none` where there is no file, `damaged` where it cannot be trusted. */
export type LoadedState = State | 'none' | 'damaged';

export async function loadState(path: string): Promise<LoadedState> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    return 'damaged';
  }
  return parse(text);
}

/**
 * Replaces the state as a whole: written aside, brought to the disk, then renamed over the old one. After a
 * power cut there is the one or the other.
 */
export async function saveState(path: string, state: State): Promise<void> {
  const aside = `${path}.new`;
  const handle = await open(aside, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ format: FORMAT, state })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(aside, path);
  await syncFolder(dirname(path));
}

export async function removeState(path: string): Promise<void> {
  await rm(`${path}.new`, { force: true });
  await rm(path, { force: true });
}

/** Brings the names in a folder to the disk, where the system can do that. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => null);
  if (handle === null) return;
  try {
    await handle.sync();
  } catch {
    // Windows and some network file systems sync no folders.
  } finally {
    await handle.close();
  }
}

function parse(text: string): LoadedState {
  try {
    const { state } = savedSchema.parse(JSON.parse(text));
    const isInOrder = state.done.every(([start, end], i) => {
      const before = state.done[i - 1]?.[1] ?? 0;
      return start >= before && end > start && end <= (state.sizeBytes ?? end);
    });
    return isInOrder ? state : 'damaged';
  } catch {
    return 'damaged';
  }
}
