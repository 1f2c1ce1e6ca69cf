import type { FileKey } from './download-links.js';

/** What became of one request for a file. */
export interface DownloadRecord extends FileKey {
  /** Names the link without giving it away. */
  readonly linkId: string;
  /** HTTP status of the answer; an interrupted transfer has fewer bytes than it announced. */
  readonly status: number;
  /** Bytes of the file that were handed out. */
  readonly bytes: number;
  readonly remoteAddress: string | undefined;
}
