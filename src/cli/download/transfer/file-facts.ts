import type { Version } from '../answer/version.js';
import { DownloadError } from '../download-error.js';
import type { DownloadEvent } from '../events.js';
import type { HttpGet } from '../http-get.js';
import type { Clock } from '../request.js';
import type { AttemptEnd } from './attempt.js';
import type { LinkHolder } from './link-holder.js';

/** What a transfer of one file needs. */
export interface TransferOptions {
  /** How the file is called in events. */
  readonly name: string;
  readonly links: LinkHolder;
  readonly file: FileFacts;
  readonly http: HttpGet;
  /** Takes back bytes that came by `http`, once they are used up. */
  readonly giveBack: (bytes: Buffer) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly emit: (event: DownloadEvent) => void;
  readonly retries: number | null;
  readonly timeoutMs: number;
  readonly stallMs: number;
}

/** What is known of the file while it comes. */
export class FileFacts {
  #version: Version;
  #isProven: boolean;
  /** Bytes that came over the line in this run. */
  lineBytes = 0;

  /** @param sha256 that the service tells */
  constructor(
    version: Version,
    readonly sha256: string | null,
  ) {
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

  /** Takes over what the first answer tells. */
  adopt(seen: Version): void {
    const sizeBytes = this.#version.sizeBytes ?? seen.sizeBytes;
    this.#version = this.#isProven ? { ...this.#version, sizeBytes } : { ...seen, sizeBytes };
    this.#isProven = true;
  }

  /** Passes the end of a request on; one that fits not even the service's word is no change. */
  requireFit(end: AttemptEnd): AttemptEnd {
    if (end.kind !== 'changed' || this.#isProven) return end;
    throw new DownloadError(
      'verification',
      `The store does not have the file that the service links to (${end.what}): see \`backups list\`.`,
    );
  }
}
