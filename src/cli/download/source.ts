import { CliError, EXIT } from '../cli-error.js';
import { ServiceError } from '../service/service-error.js';
import { Setback } from './failures.js';
import type { IssuedLink, Run, WantedFile } from './request.js';

/** What tells one content of a file from another. */
export interface Version {
  /** Null where it is not known. */
  readonly sizeBytes: number | null;
  readonly etag: string | null;
  /** HTTP date. */
  readonly lastModified: string | null;
  /** Whether two answers with these validators have the same bytes (RFC 9110, section 8.8). */
  readonly isStrong: boolean;
}

/** Part of its life before its end in which a link is renewed, and the most of that time. */
const SPARE_PART = 0.1;
const LONGEST_SPARE_MS = 30_000;

/** One file at its store: the link to it, which all its connections share, and what is known of its content. */
export class Source {
  /** Name in events: that of the backup, or else of the link. */
  name: string;
  /** Hex; null where the service does not know it. */
  sha256: string | null = null;
  /** Bytes that came over the line in this run. */
  lineBytes = 0;
  version: Version = { sizeBytes: null, etag: null, lastModified: null, isStrong: false };
  #isProven = false;
  #link: IssuedLink | null = null;
  #issuedAt = 0;
  #pending: Promise<IssuedLink> | null = null;

  constructor(
    readonly run: Run,
    readonly wanted: WantedFile,
  ) {
    this.name = wanted.fileName ?? wanted.fallbackName;
  }

  /** From the service first, then from the store. */
  get sizeBytes(): number | null {
    return this.version.sizeBytes;
  }

  /** Whether parts of two answers may be joined: they are of one version, or the check would tell. */
  get canBeJoined(): boolean {
    return this.sha256 !== null || this.version.isStrong;
  }

  /**
   * A link with life left in it: another one is asked for only where there is none, and shortly before its end.
   * @param unusable the link that did not work: it is replaced, unless that happened already
   */
  async link(unusable: IssuedLink | null, signal: AbortSignal): Promise<IssuedLink> {
    const held = this.#link;
    if (held === null || unusable?.url === held.url) return this.#issueOnce(signal);
    if (!this.#isNearItsEnd(held)) return held;
    return this.#issueOnce(signal).catch((error: unknown) => {
      // The store, which knows the end best, may still take the old one.
      if (error instanceof CliError || signal.aborted) throw error;
      return held;
    });
  }

  /** Takes over what an answer says; of a version that is known, the size at most. */
  adopt(seen: Version): void {
    const sizeBytes = this.sizeBytes ?? seen.sizeBytes;
    this.version = this.#isProven ? { ...this.version, sizeBytes } : { ...seen, sizeBytes };
    this.#isProven = true;
  }

  /** Takes over what an earlier run knew. */
  restore({ sizeBytes, etag, lastModified, isStrong }: Version): void {
    this.version = { sizeBytes: sizeBytes ?? this.sizeBytes, etag, lastModified, isStrong };
    this.#isProven = etag !== null || lastModified !== null;
  }

  /** The failure of an answer that is of another version; one that never fitted the service's word is no change. */
  changed(what: string): CliError {
    if (this.#isProven) return changedError(what);
    return new CliError(
      EXIT.verification,
      `The store does not have the file that the service links to (${what}): see \`backups list\`.`,
    );
  }

  #issueOnce(signal: AbortSignal): Promise<IssuedLink> {
    this.#pending ??= this.#issue(signal).finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  async #issue(signal: AbortSignal): Promise<IssuedLink> {
    const { linkSource, clock, emit } = this.run;
    const next = await linkSource(this.wanted, signal).catch((error: unknown) => {
      if (signal.aborted || (error instanceof CliError && !isPassing(error))) throw error;
      throw new Setback(`no link: ${error instanceof Error ? error.message : String(error)}`);
    });
    if (this.#link === null) {
      this.name = this.wanted.fileName ?? (nameIn(new URL(next.url)) || this.wanted.fallbackName);
      this.sha256 = next.sha256?.toLowerCase() ?? null;
      this.version = { ...this.version, sizeBytes: next.sizeBytes };
    } else {
      requireSameFile(this.#link, next);
      const isNew = next.url !== this.#link.url;
      if (isNew) emit({ kind: 'link-renewed', file: this.name, expiresAt: next.expiresAt });
    }
    this.#issuedAt = clock.now();
    this.#link = next;
    return next;
  }

  /** A link that seems to have ended when it was issued tells of clocks that differ: its end means nothing. */
  #isNearItsEnd({ expiresAt }: IssuedLink): boolean {
    const life = expiresAt === null ? 0 : expiresAt.getTime() - this.#issuedAt;
    const left = life - (this.run.clock.now() - this.#issuedAt);
    return life > 0 && left < Math.min(LONGEST_SPARE_MS, life * SPARE_PART);
  }
}

/** A service that is out of reach may come back. */
function isPassing(error: CliError): boolean {
  return error instanceof ServiceError && error.exitCode === EXIT.network;
}

/** The failure that a file ends with which was replaced meanwhile. */
export function changedError(what: string): CliError {
  return new CliError(
    EXIT.verification,
    `The file has changed since its download began (${what}): run the same command with --restart.`,
  );
}

/** The last part of the path; the query is the key to the data and is never shown. */
function nameIn({ pathname }: URL): string {
  const last = pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** What the service says of the file may not change in the middle. @throws CliError */
function requireSameFile(first: IssuedLink, next: IssuedLink): void {
  const differs = (name: 'sizeBytes' | 'sha256'): boolean =>
    first[name] !== null && next[name] !== null && first[name] !== next[name];
  if (differs('sizeBytes') || differs('sha256')) {
    throw changedError('the service reports a different size or SHA-256');
  }
}
