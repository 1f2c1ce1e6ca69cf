import { DownloadError } from '../download-error.js';
import type { DownloadEvent } from '../events.js';
import type { Clock, IssuedLink, LinkSource, WantedFile } from '../request.js';
import { BrokenLineError } from './broken-line.js';

/** Part of its life before its end in which a link is renewed, and the most of that time. */
const SPARE_PART = 0.1;
const LONGEST_SPARE_MS = 30_000;

/** The link to one file. All its connections share it. */
export interface Links {
  /**
   * A link with life left in it.
   * @param unusable the link that did not work: another one is asked for, unless that happened already
   */
  readonly get: (unusable: IssuedLink | null, signal: AbortSignal) => Promise<IssuedLink>;
}

export interface LinksOptions {
  readonly linkSource: LinkSource;
  readonly file: WantedFile;
  /** Name in events. */
  readonly name: string;
  readonly clock: Clock;
  readonly emit: (event: DownloadEvent) => void;
}

/** Asks for a link only where there is none, where one did not work, and shortly before its end. */
export function createLinks({ linkSource, file, name, clock, emit }: LinksOptions): Links {
  let link: IssuedLink | null = null;
  let issuedAt = 0;
  let pending: Promise<IssuedLink> | null = null;

  async function issue(signal: AbortSignal): Promise<IssuedLink> {
    const next = await linkSource(file, signal).catch((error: unknown) => {
      if (error instanceof DownloadError || signal.aborted) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new BrokenLineError(`no link: ${reason}`, { cause: error });
    });
    requireWebAddress(next.url);
    if (link !== null) {
      requireSameFile(link, next);
      if (next.url !== link.url)
        emit({ kind: 'link-renewed', file: name, expiresAt: next.expiresAt });
    }
    issuedAt = clock.now();
    link = next;
    return next;
  }

  function issueOnce(signal: AbortSignal): Promise<IssuedLink> {
    pending ??= issue(signal).finally(() => {
      pending = null;
    });
    return pending;
  }

  /** A link that seems to have ended when it was issued tells of clocks that differ: its end means nothing. */
  function isNearItsEnd({ expiresAt }: IssuedLink): boolean {
    const life = expiresAt === null ? 0 : expiresAt.getTime() - issuedAt;
    const left = life - (clock.now() - issuedAt);
    return life > 0 && left < Math.min(LONGEST_SPARE_MS, life * SPARE_PART);
  }

  return {
    get: async (unusable, signal) => {
      if (link === null || unusable?.url === link.url) return issueOnce(signal);
      if (!isNearItsEnd(link)) return link;
      const held = link;
      return issueOnce(signal).catch((error: unknown) => {
        // The store, which knows the end best, may still take the old one.
        if (error instanceof DownloadError || signal.aborted) throw error;
        return held;
      });
    },
  };
}

function requireWebAddress(url: string): void {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return;
  throw new DownloadError(
    'network',
    'The link is not a web address: tell the operator of the service.',
  );
}

/** What the service says of the file may not change in the middle. @throws DownloadError */
function requireSameFile(first: IssuedLink, next: IssuedLink): void {
  const differs = (name: 'sizeBytes' | 'sha256'): boolean =>
    first[name] !== null && next[name] !== null && first[name] !== next[name];
  if (differs('sizeBytes') || differs('sha256')) {
    throw changedError('the service reports a different size or SHA-256');
  }
}

/** The failure that a file ends with which was replaced meanwhile. */
export function changedError(what: string): DownloadError {
  return new DownloadError(
    'verification',
    `The file has changed since its download began (${what}): run the same command with --restart.`,
  );
}
