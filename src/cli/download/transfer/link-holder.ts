import { BrokenLineError } from '../answer/broken-line.js';
import { DownloadError } from '../download-error.js';
import type { DownloadEvent } from '../events.js';
import type { Clock, IssuedLink, LinkSource, WantedFile } from '../request.js';

/** Part of its life after which a link is renewed before it is used again, and the most of that time. */
const SPARE_PART = 0.1;
const LONGEST_SPARE_MS = 30_000;

/** The service gave no link, and may give one later. */
export class NoLinkError extends BrokenLineError {
  override readonly name = 'NoLinkError';
  constructor(cause: unknown) {
    super(`no link: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

export interface LinkHolder {
  /** A link with life left in it. */
  readonly current: () => Promise<IssuedLink>;
  /** Another link than the one that was refused; all ranges share it. */
  readonly renew: (refused: IssuedLink) => Promise<IssuedLink>;
}

export interface LinkHolderOptions {
  readonly source: LinkSource;
  readonly file: WantedFile;
  /** How the file is called in events. */
  readonly name: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: (event: DownloadEvent) => void;
}

/** Keeps the link to one file: renews it shortly before its end, and when a store refuses it. */
export function createLinkHolder(options: LinkHolderOptions): LinkHolder {
  const { source, file, clock, signal, emit } = options;
  let link: IssuedLink | null = null;
  let issuedAt = clock.now();
  let pending: Promise<IssuedLink> | null = null;

  async function issue(): Promise<IssuedLink> {
    const next = await askFor(file);
    issuedAt = clock.now();
    if (link !== null) {
      requireSameFile(link, next);
      if (next.url !== link.url) {
        emit({ kind: 'link-renewed', file: options.name, expiresAt: next.expiresAt });
      }
    }
    link = next;
    return next;
  }

  async function askFor(wanted: WantedFile): Promise<IssuedLink> {
    try {
      return await source(wanted, signal);
    } catch (error) {
      if (error instanceof DownloadError || signal.aborted) throw error;
      throw new NoLinkError(error);
    }
  }

  function issueOnce(): Promise<IssuedLink> {
    pending ??= issue().finally(() => {
      pending = null;
    });
    return pending;
  }

  /** A link that seems to have ended when it was issued tells of clocks that differ: its end means nothing. */
  function isNearItsEnd({ expiresAt }: IssuedLink): boolean {
    const life = expiresAt === null ? 0 : expiresAt.getTime() - issuedAt;
    if (life <= 0) return false;
    return clock.now() - issuedAt > life - Math.min(LONGEST_SPARE_MS, life * SPARE_PART);
  }

  return {
    current: async () => {
      const held = link;
      if (held === null) return issueOnce();
      if (!isNearItsEnd(held)) return held;
      try {
        return await issueOnce();
      } catch (error) {
        // The store, which tells the end best, may still take the old one.
        if (error instanceof DownloadError || signal.aborted) throw error;
        return held;
      }
    },
    renew: async (refused) => (link === null || refused.url === link.url ? issueOnce() : link),
  };
}

/** What the service tells of the file may not change in the middle. @throws DownloadError */
function requireSameFile(first: IssuedLink, next: IssuedLink): void {
  const differs = <T>(a: T | null, b: T | null): boolean => a !== null && b !== null && a !== b;
  if (differs(first.sizeBytes, next.sizeBytes) || differs(first.sha256, next.sha256)) {
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
