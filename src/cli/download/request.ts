import type { Dispatcher } from 'undici';
import type { DownloadEvent } from './events.js';

/** One file to download. */
export interface WantedFile {
  /** ID of the backup, as `<regionId>/<instanceId>/<backupId>`. */
  readonly backup: string;
  /** Name of the file within the backup; null for the one file of a MySQL-family backup. */
  readonly fileName: string | null;
  /** Name on the disk where neither `fileName` nor the link has one. */
  readonly fallbackName: string;
  /** Size from a listing; null where unknown. */
  readonly sizeBytes: number | null;
  /** False where the store lacks a file that the backup should have. */
  readonly isAvailable: boolean;
}

export interface IssuedLink {
  readonly url: string;
  readonly expiresAt: Date | null;
  readonly sizeBytes: number | null;
  /** Hex. */
  readonly sha256: string | null;
}

export interface DownloadRequest {
  /** URL of the service, kept in the state of a part. */
  readonly service: string;
  /** At least one; exactly one for standard output. */
  readonly files: readonly WantedFile[];
  /** `-o` as given: a file, a folder, `-`; null for the folder `cwd`. */
  readonly target: string | null;
  readonly cwd: string;
  /** Connections at a time for all files, at least 1; null for 4. */
  readonly parallel: number | null;
  /** Consecutive attempts without a byte after the first, for each range; null for no limit but `timeoutMs`. */
  readonly retries: number | null;
  /** Milliseconds without a byte, while awake, after which a range is given up. */
  readonly timeoutMs: number;
  /** Bytes per second over all connections; null for no limit. */
  readonly limitRate: number | null;
  /** Discards what an earlier run left. */
  readonly restart: boolean;
  /** Replaces a file of the same name that has other bytes. */
  readonly overwrite: boolean;
}

export interface DownloadDependencies {
  /**
   * Asks the service for a link to a file.
   * @throws CliError for what asking again does not change, also where there is no link now; a service out of reach,
   *   and any other error, count as a broken connection
   */
  readonly linkSource: (file: WantedFile, signal: AbortSignal) => Promise<IssuedLink>;
  readonly dispatcher: Dispatcher;
  /** Takes back bytes that came by `dispatcher`, once they are used up. */
  readonly giveBack: (bytes: Buffer) => void;
  /** Milliseconds without a byte after which a connection is given up; undici counts them awake. */
  readonly stallMs: number;
  readonly clock: Clock;
  /** From 0 to 1, for jitter. */
  readonly random: () => number;
  readonly emit: (event: DownloadEvent) => void;
  /** Aborts when the person stops the program. */
  readonly signal: AbortSignal;
  /** Writes to standard output, in order. @throws the error of the system */
  readonly writeOut: (chunks: readonly Buffer[]) => Promise<void>;
}

export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that have passed while this process was awake, from any beginning. */
  readonly awake: () => number;
  /** @throws the reason of `signal` */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** One call of `download`: what was asked for, what it works with, and what its files share. */
export interface Run extends DownloadRequest, DownloadDependencies {
  /** Told of bytes that came; returns a promise where no more may come for now. */
  readonly throttle: (bytes: number, signal: AbortSignal) => Promise<void> | undefined;
}
