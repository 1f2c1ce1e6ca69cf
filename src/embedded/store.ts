import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Catalogue } from './catalogue/catalogue.js';
import type { CataloguedBackup } from './catalogue/catalogued-backup.js';
import type { StoredFile } from './catalogue/stored-file.js';
import type { Target } from './http/target.js';

/** Where own backups are kept: a folder, or a bucket of object storage. */
export interface Store {
  /** What it holds. */
  readonly catalogue: Catalogue;
  /** Makes what hands out the files, once it is known where this server listens. */
  servedAt(addresses: OwnAddresses): FileService;
  close(): Promise<void>;
}

/** Two addresses of the server for clients on this machine, without a slash at the end. */
export interface OwnAddresses {
  readonly origin: string;
  readonly localhost: string;
}

/** Hands out the files of a store. */
export interface FileService {
  /**
   * Both links to a file; they work for `lifetime` seconds, or up to one second more. Null where the
   * file cannot be downloaded at the moment.
   * @throws ApiError
   */
  issue(backup: CataloguedBackup, file: StoredFile, lifetime: number): Promise<IssuedLinks | null>;
  /** Origins of the links. */
  readonly linkOrigins: readonly string[];
  /** Serves the links; absent where they lead to another server. */
  readonly download?: ServeDownload;
}

export interface IssuedLinks {
  readonly publicURL: string;
  readonly internalURL: string;
  /** The file as it is now; the catalogue may have seen an earlier one. */
  readonly file: StoredFile;
}

/** @throws ApiError where the request is not one by a link that was issued here */
export type ServeDownload = (
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
) => Promise<void>;
