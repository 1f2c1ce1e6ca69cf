import { lstat, rm } from 'node:fs/promises';
import { DownloadError } from '../download-error.js';
import type { IssuedLink, WantedFile } from '../request.js';
import type { Version } from '../transfer/answer.js';
import { versionOfLink } from '../transfer/source.js';
import { Intervals } from './intervals.js';
import type { Fresh } from './own-file.js';
import { loadState, removeState, type State } from './state-file.js';
import type { Beside } from './target.js';

/** What an earlier run left that can be resumed. */
export interface Resumption {
  readonly done: Intervals;
  readonly version: Version;
  /** A sentence for the person. */
  readonly notice: string | null;
}

export interface ResumeOptions {
  readonly file: WantedFile;
  readonly link: IssuedLink;
  readonly fresh: Fresh;
  /** Discards the part that a state describes. */
  readonly restart: boolean;
}

/**
 * Looks at the part and the state of an earlier run. Only what the state names is certain: it names bytes that are on
 * the disk. What does not fit is discarded only on request, and what no state describes is not touched: it may be a
 * file of that name.
 * @throws DownloadError 'target' where it does not fit; 'verification' where the file has changed
 */
export async function resume(beside: Beside, options: ResumeOptions): Promise<Resumption> {
  const { link, restart, fresh } = options;
  const partBytes = await lengthOf(beside.part);
  const nothing = { done: new Intervals(), version: versionOfLink(link), notice: null };
  const state = restart ? await stateToDiscard(beside.state) : await loadState(beside.state, fresh);
  if (partBytes !== null && partBytes > 0 && state === 'none') throw strangeError(beside);
  if (restart) {
    await rm(beside.part, { force: true });
    await removeState(beside.state);
    return nothing;
  }
  if (state === 'none') return nothing;
  // It may be a file of that name.
  if (state === 'damaged') throw damagedError(beside);
  if (partBytes === null) {
    const isNews = state.done.length > 0;
    const notice = isNews ? 'The part of an earlier run is missing: starting over.' : null;
    return { ...nothing, notice };
  }
  requireFit(state, beside, options);
  return continued(state, partBytes, nothing, link);
}

/** Whose it is does not matter: it is discarded unread. */
async function stateToDiscard(path: string): Promise<'none' | 'damaged'> {
  const stats = await lstat(path).catch(() => null);
  return stats === null ? 'none' : 'damaged';
}

function continued(
  state: State,
  partBytes: number,
  nothing: Resumption,
  link: IssuedLink,
): Resumption {
  const done = new Intervals(state.done.map(([start, end]) => ({ start, end })));
  const { etag, lastModified, isStrong } = state;
  const version = { sizeBytes: state.sizeBytes ?? link.sizeBytes, etag, lastModified, isStrong };
  if (!isStrong && link.sha256 === null && done.total < (version.sizeBytes ?? Infinity)) {
    if (done.total === 0) return nothing;
    const notice = 'The store gives the file no version: starting over.';
    return { ...nothing, notice };
  }
  if (done.end <= partBytes) return { done, version, notice: null };
  done.cutAt(partBytes);
  return { done, version, notice: 'The part is shorter than it was: resuming with what is left.' };
}

/** The address of the service may be another: that the bytes are the same is for their version to prove. */
function requireFit(state: State, beside: Beside, { file, link }: ResumeOptions): void {
  const differing = [
    state.backup !== file.backup && 'backup',
    state.file !== file.fileName && 'file',
  ].filter((name) => name !== false);
  if (differing.length > 0) {
    throw new DownloadError(
      'target',
      `${beside.part} belongs to another ${differing.join(' and ')}: choose another name with -o, ` +
        'or discard it with --restart.',
    );
  }
  if (state.sizeBytes !== null && link.sizeBytes !== null && state.sizeBytes !== link.sizeBytes) {
    throw new DownloadError(
      'verification',
      `${beside.part} was started when the file had ${state.sizeBytes} bytes; it has ` +
        `${link.sizeBytes} now: discard it with --restart.`,
    );
  }
}

function strangeError({ part, state }: Beside): DownloadError {
  return new DownloadError(
    'target',
    `${part} exists, and no ${state} says that it is part of a download: move it away, or choose another name with -o.`,
  );
}

function damagedError({ part, state }: Beside): DownloadError {
  return new DownloadError(
    'target',
    `${state}, which describes ${part}, cannot be read: discard it with --restart, or choose another name with -o.`,
  );
}

async function lengthOf(path: string): Promise<number | null> {
  const stats = await lstat(path).catch(() => null);
  if (stats === null) return null;
  if (!stats.isDirectory()) return stats.size;
  throw new DownloadError('target', `${path} is a folder: choose another name with -o.`);
}
