/** What happens during a download, in order. Names are those of the service: escape before showing. */
export type DownloadEvent =
  /** What is to come; sizes that are not known yet count as 0. */
  | { readonly kind: 'started'; readonly files: number; readonly sizeBytes: number }
  /** The size is known, or never will be, and bytes are about to come. */
  | {
      readonly kind: 'file-started';
      readonly file: string;
      /** Path it is written to; null for standard output. */
      readonly path: string | null;
      readonly sizeBytes: number | null;
      /** Bytes that an earlier run left. */
      readonly resumedBytes: number;
      readonly parallel: number;
    }
  /** Twice a second while a file comes, also where nothing came. */
  | {
      readonly kind: 'progress';
      readonly file: string;
      /** Of the file, those of earlier runs too; falls only after `started-over`. */
      readonly bytes: number;
      readonly sizeBytes: number | null;
      /** Bytes that came over the line in this run, each time they came. */
      readonly runBytes: number;
    }
  | {
      readonly kind: 'link-renewed';
      readonly file: string;
      /** Null where the end of the link is not known. */
      readonly expiresAt: Date | null;
    }
  | {
      readonly kind: 'line-broke';
      readonly file: string;
      readonly reason: string;
      /** 1 after progress. */
      readonly attempt: number;
      readonly retryInMs: number;
    }
  /** The bytes so far are discarded, as the reason says. */
  | { readonly kind: 'started-over'; readonly file: string; readonly reason: string }
  /** A sentence for the person; nothing stops. */
  | { readonly kind: 'notice'; readonly file: string | null; readonly message: string }
  /** Bytes that were not hashed while they came are read for the SHA-256. */
  | {
      readonly kind: 'checking';
      readonly file: string;
      readonly bytes: number;
      readonly sizeBytes: number;
    }
  | ({ readonly kind: 'file-done' } & FileSummary)
  /** One of several files failed; the others are still downloaded. */
  | { readonly kind: 'file-failed'; readonly file: string; readonly message: string }
  /** After the last of several files. */
  | ({ readonly kind: 'summary' } & Totals);

export interface FileSummary {
  readonly file: string;
  /** Where it is; null for standard output. */
  readonly path: string | null;
  readonly outcome: 'downloaded' | 'already-there';
  readonly sizeBytes: number;
  /** Bytes that came in this run. */
  readonly runBytes: number;
  /** Milliseconds this run took, without the check. */
  readonly ms: number;
  /** Hex. Null where nothing was compared and the bytes did not all come in this run. */
  readonly sha256: string | null;
  /** Whether the SHA-256 is that of the service; false where the service has none. */
  readonly verified: boolean;
}

export interface Totals {
  /** Files that are there now. */
  readonly files: number;
  readonly sizeBytes: number;
  readonly verified: number;
  /** Files for which the service has no SHA-256. */
  readonly withoutChecksum: number;
  readonly failed: number;
  readonly runBytes: number;
  readonly ms: number;
}
