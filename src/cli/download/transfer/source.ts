import { DownloadError } from '../download-error.js';
import type { DownloadEvent } from '../events.js';
import type { Clock, IssuedLink } from '../request.js';
import type { Version } from './answer.js';
import type { HttpGet } from './http-get.js';
import { changedError, type Links } from './links.js';
import type { Throttle } from './throttle.js';

export interface SourceOptions {
  /** Name in events. */
  readonly name: string;
  readonly links: Links;
  /** The first link, with what the service says of the file. */
  readonly link: IssuedLink;
  readonly http: HttpGet;
  /** Takes back bytes that came by `http`, once they are used up. */
  readonly giveBack: (bytes: Buffer) => void;
  readonly throttle: Throttle;
  readonly clock: Clock;
  readonly random: () => number;
  readonly emit: (event: DownloadEvent) => void;
  readonly retries: number | null;
  readonly timeoutMs: number;
}

/** One file at its store, and what is known of it while it comes. */
export class Source {
  /** Bytes that came over the line in this run. */
  lineBytes = 0;
  readonly sha256: string | null;
  #version: Version;
  #isProven: boolean;

  /** @param version as an earlier run knew it, or what the service says */
  constructor(
    readonly options: SourceOptions,
    version: Version = versionOfLink(options.link),
  ) {
    this.sha256 = options.link.sha256?.toLowerCase() ?? null;
    this.#version = version;
    this.#isProven = version.etag !== null || version.lastModified !== null;
  }

  get version(): Version {
    return this.#version;
  }

  get sizeBytes(): number | null {
    return this.#version.sizeBytes;
  }

  /** Whether parts of two answers may be joined: they are of one version, or the check would tell. */
  get canBeJoined(): boolean {
    return this.sha256 !== null || this.#version.isStrong;
  }

  /** Takes over what the first answer says. */
  adopt(seen: Version): void {
    const sizeBytes = this.#version.sizeBytes ?? seen.sizeBytes;
    this.#version = this.#isProven ? { ...this.#version, sizeBytes } : { ...seen, sizeBytes };
    this.#isProven = true;
  }

  /** The end of a file that had no length. */
  adoptSize(sizeBytes: number): void {
    this.#version = { ...this.#version, sizeBytes };
  }

  /** The failure of an answer that is of another version; one that never fitted the service's word is no change. */
  changed(what: string): DownloadError {
    if (this.#isProven) return changedError(what);
    return new DownloadError(
      'verification',
      `The store does not have the file that the service links to (${what}): see \`backups list\`.`,
    );
  }
}

export function versionOfLink({ sizeBytes }: IssuedLink): Version {
  return { sizeBytes, etag: null, lastModified: null, isStrong: false };
}
