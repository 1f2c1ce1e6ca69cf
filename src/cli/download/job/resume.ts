import { lstat, rm } from 'node:fs/promises';
import type { IssuedLink, WantedFile } from '../request.js';
import type { Version } from '../answer/version.js';
import { loadState, removeState, type State } from '../disk/state-file.js';
import type { Fresh } from '../disk/own-file.js';
import type { Beside } from '../disk/target.js';
import { DownloadError } from '../download-error.js';
import { Intervals } from '../transfer/intervals.js';

/** What an earlier run left that can be resumed. */
export interface Resumption {
  readonly done: Intervals;
  readonly version: Version;
  /** A sentence for the person. */
  readonly notice: string | null;
}

export interface ResumeOptions {
  readonly service: string;
  readonly file: WantedFile;
  readonly link: IssuedLink;
  readonly fresh: Fresh;
  /** Discards what does not fit. */
  readonly restart: boolean;
}

/**
 * Looks at the part and the state of an earlier run. Only what the state names is certain: it names bytes
 * that are on the disk. What does not fit is discarded only on request.
 * @throws DownloadError 'target' where it does not fit; 'verification' where the file has changed
 */
export async function resume(beside: Beside, options: ResumeOptions): Promise<Resumption> {
  const fresh: Resumption = {
    done: new Intervals(),
    version: versionOfLink(options.link),
    notice: null,
  };
  if (options.restart) {
    await rm(beside.part, { force: true });
    await removeState(beside.state);
    return fresh;
  }
  const [state, partBytes] = await Promise.all([
    loadState(beside.state, options.fresh),
    lengthOf(beside.part),
  ]);
  if (partBytes === null) {
    // There is nothing to lose, whatever the state says.
    const isNews = state !== 'none' && (state === 'damaged' || state.done.length > 0);
    return isNews
      ? { ...fresh, notice: 'The part of an earlier run is gone: starting over.' }
      : fresh;
  }
  // A run that was killed before it wrote anything.
  if (state === 'none' && partBytes === 0) return fresh;
  if (state === 'none' || state === 'damaged') throw unusableError(state, beside);
  requireFit(state, beside, options);
  return continued(state, partBytes, options.link);
}

function continued(state: State, partBytes: number, link: IssuedLink): Resumption {
  const done = new Intervals(state.done.map(([start, end]) => ({ start, end })));
  const { etag, lastModified, isStrong } = state;
  const version = { sizeBytes: state.sizeBytes ?? link.sizeBytes, etag, lastModified, isStrong };
  if (!isStrong && link.sha256 === null && done.total < (version.sizeBytes ?? Infinity)) {
    const notice =
      done.total > 0
        ? 'The store gives the file no version: starting over, since two versions must not be joined.'
        : null;
    return { done: new Intervals(), version: versionOfLink(link), notice };
  }
  if (done.end <= partBytes) return { done, version, notice: null };
  done.cutAt(partBytes);
  return { done, version, notice: 'The part is shorter than it was: resuming with what is left.' };
}

function requireFit(state: State, beside: Beside, { service, file, link }: ResumeOptions): void {
  const differing = [
    state.service !== service && 'service',
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

function unusableError(state: 'none' | 'damaged', { part, state: path }: Beside): DownloadError {
  return new DownloadError(
    'target',
    state === 'none'
      ? `${part} exists without ${path}, which describes it: discard it with --restart, or choose another name with -o.`
      : `${path}, which describes ${part}, is damaged: discard both with --restart, or choose another name with -o.`,
  );
}

function versionOfLink({ sizeBytes }: IssuedLink): Version {
  return { sizeBytes, etag: null, lastModified: null, isStrong: false };
}

async function lengthOf(path: string): Promise<number | null> {
  const stats = await lstat(path).catch(() => null);
  if (stats === null) return null;
  // What is no file of this user is refused where it is opened.
  if (stats.isFile() || stats.isSymbolicLink()) return stats.size;
  throw new DownloadError('target', `${path} is not a file: choose another name with -o.`);
}
