import { dirname, join } from 'node:path';
import { stat } from 'node:fs/promises';
import { requireRoom } from './disk/room.js';
import { toDistinctNames } from './disk/safe-name.js';
import { besideOf, resolveTarget, type Target } from './disk/target.js';
import { DownloadError } from './download-error.js';
import type { FileSummary } from './events.js';
import { downloadToFile, type FileJob } from './job/file-job.js';
import { downloadToStream } from './job/stream-job.js';
import type {
  DownloadDependencies,
  DownloadRequest,
  DownloadSummary,
  IssuedLink,
  WantedFile,
} from './request.js';
import { createLinkHolder, type LinkHolder } from './transfer/link-holder.js';
import { tryUntilDone } from './transfer/try-until-done.js';

/**
 * Downloads files of a backup, one after the other: to names on the disk, where each is resumed, checked
 * and named once it is whole, or in order to standard output, a pipe or a device.
 * @returns what was done, in the order of the files
 * @throws DownloadError; of kind 'interrupted' once what came is safe
 */
export async function download(
  request: DownloadRequest,
  dependencies: DownloadDependencies,
): Promise<DownloadSummary> {
  const { signal } = dependencies;
  try {
    const target = await resolveTarget(request.target, request.cwd);
    const files = await downloadTo(target, request, dependencies);
    return { files };
  } catch (error) {
    if (!signal.aborted || error instanceof DownloadError) throw error;
    const hint =
      request.target === '-'
        ? 'what was written is incomplete'
        : 'run the same command again to resume';
    throw new DownloadError('interrupted', `Stopped: ${hint}.`, { cause: error });
  }
}

async function downloadTo(
  target: Target,
  request: DownloadRequest,
  dependencies: DownloadDependencies,
): Promise<FileSummary[]> {
  const { files } = request;
  const [first] = files;
  if (first === undefined) throw new DownloadError('target', 'There is no file to download.');
  if (target.kind !== 'folder' && files.length > 1) throw severalError(target, files.length);
  if (target.kind === 'stdout' || target.kind === 'device') {
    const { links, link, name } = await linkTo(first, request, dependencies);
    const path = target.kind === 'device' ? target.path : null;
    const summary = await downloadToStream({ name, path, links, link }, request, dependencies);
    dependencies.emit({ kind: 'file-done', ...summary });
    return [summary];
  }
  const linked = new Map<WantedFile, Linked>();
  for (const file of files) {
    // The link names what the backup does not.
    if (file.fileName === null) linked.set(file, await linkTo(file, request, dependencies));
  }
  const names = files.map((file) => file.fileName ?? linked.get(file)?.name ?? file.fallbackName);
  const safeNames = toDistinctNames(names);
  const paths = safeNames.map((name) =>
    target.kind === 'file' ? target.path : join(target.path, name),
  );
  await requireRoomForAll(files, paths, linked);
  const summaries: FileSummary[] = [];
  for (const [i, wanted] of files.entries()) {
    const path = paths[i] ?? '';
    const { links, link, name } =
      linked.get(wanted) ?? (await linkTo(wanted, request, dependencies));
    const job: FileJob = { wanted, name, path, beside: besideOf(path), links, link };
    const summary = await downloadToFile(job, request, dependencies);
    dependencies.emit({ kind: 'file-done', ...summary });
    summaries.push(summary);
  }
  return summaries;
}

interface Linked {
  readonly links: LinkHolder;
  readonly link: IssuedLink;
  /** From the service. */
  readonly name: string;
}

/** Asks for the first link, for as long as for bytes. */
async function linkTo(
  file: WantedFile,
  request: DownloadRequest,
  dependencies: DownloadDependencies,
): Promise<Linked> {
  const name = file.fileName ?? file.fallbackName;
  const links = createLinkHolder({ ...dependencies, source: dependencies.linkSource, file, name });
  let link: IssuedLink | null = null;
  await tryUntilDone({
    ...dependencies,
    retries: request.retries,
    timeoutMs: request.timeoutMs,
    links,
    name,
    farthest: () => 0,
    isDone: () => link !== null,
    once: (issued) => {
      link = issued;
      return Promise.resolve({ kind: 'ended' });
    },
  });
  // It ends by the link only.
  const issued = link as IssuedLink | null;
  if (issued === null) throw new Error('no link');
  return { links, link: issued, name: file.fileName ?? nameIn(issued.url) ?? file.fallbackName };
}

/** The last part of the path of a link; its query is the key to the data and is never shown. */
function nameIn(url: string): string | null {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last) || null;
  } catch {
    return last || null;
  }
}

/** Files that have their name already need no room: whether they are the right ones is seen later. */
async function requireRoomForAll(
  files: readonly WantedFile[],
  paths: readonly string[],
  linked: ReadonlyMap<WantedFile, Linked>,
): Promise<void> {
  const claims = await Promise.all(
    files.map(async (file, i) => {
      const path = paths[i] ?? '';
      const sizeBytes = file.sizeBytes ?? linked.get(file)?.link.sizeBytes ?? null;
      const existing = await stat(path).catch(() => null);
      const isThere = existing?.size === sizeBytes;
      return { sizeBytes: isThere ? null : sizeBytes, partPath: besideOf(path).part };
    }),
  );
  // Where the room is not known, each file says so.
  await requireRoom(dirname(paths[0] ?? ''), claims);
}

function severalError({ kind }: Target, count: number): DownloadError {
  const what = kind === 'stdout' ? 'Standard output takes' : 'The target takes';
  return new DownloadError(
    'target',
    `${what} one file, and there are ${count}: choose one with --file, or a folder with -o.`,
  );
}
