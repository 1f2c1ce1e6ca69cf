import { rm, stat } from 'node:fs/promises';
import type { IssuedLink, WantedFile } from '../request.js';
import type { Version } from '../answer/version.js';
import { loadState, removeState, type State } from '../disk/state-file.js';
import type { Beside } from '../disk/target.js';
import { DownloadError } from '../download-error.js';
import { Intervals } from '../transfer/intervals.js';

/** What an earlier run left that can be gone on with. */
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
  /** Drops what does not fit. */
  readonly restart: boolean;
}

/**
 * Looks at the part and the state of an earlier run. Only what the state names is certain: it names bytes
 * that are on the disk. What does not fit is dropped where the person says so, never by itself.
 * @throws DownloadError 'target' where it does not fit; 'verification' where the file has changed
 */
export async function resume(beside: Beside, options: ResumeOptions): Promise<Resumption> {
  const [state, partBytes] = await Promise.all([loadState(beside.state), lengthOf(beside.part)]);
  const fresh: Resumption = {
    done: new Intervals(),
    version: versionToldBy(options.link),
    notice: null,
  };
  if (options.restart) {
    await rm(beside.part, { force: true });
    await removeState(beside.state);
    return fresh;
  }
  if (partBytes === null) {
    // There is nothing to lose, whatever the state says.
    const isNews = state !== 'none' && (state === 'damaged' || state.done.length > 0);
    return isNews
      ? { ...fresh, notice: 'The part of an earlier run is gone: starting over.' }
      : fresh;
  }
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
        ? 'The store tells no version of the file: starting over, not to join two.'
        : null;
    return { done: new Intervals(), version: versionToldBy(link), notice };
  }
  if (done.end <= partBytes) return { done, version, notice: null };
  done.cutAt(partBytes);
  return { done, version, notice: 'The part is shorter than it was: going on from what is there.' };
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
      `${beside.part} was begun for another ${differing.join(' and ')}: choose another name by -o, ` +
        'or drop it by --restart.',
    );
  }
  if (state.sizeBytes !== null && link.sizeBytes !== null && state.sizeBytes !== link.sizeBytes) {
    throw new DownloadError(
      'verification',
      `${beside.part} was begun when the file had ${state.sizeBytes} bytes, and it has ` +
        `${link.sizeBytes} now: drop it by --restart.`,
    );
  }
}

function unusableError(state: 'none' | 'damaged', { part, state: path }: Beside): DownloadError {
  return new DownloadError(
    'target',
    state === 'none'
      ? `${part} is there without ${path}, so nobody knows what is in it: drop it by --restart, or choose another name by -o.`
      : `${path} is damaged, so nobody knows what is in ${part}: drop both by --restart, or choose another name by -o.`,
  );
}

function versionToldBy({ sizeBytes }: IssuedLink): Version {
  return { sizeBytes, etag: null, lastModified: null, isStrong: false };
}

async function lengthOf(path: string): Promise<number | null> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) return null;
  if (stats.isFile()) return stats.size;
  throw new DownloadError('target', `${path} is no file: choose another name by -o.`);
}
