import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Catalogue } from './catalogue/catalogue.js';
import type { CataloguedBackup } from './catalogue/catalogued-backup.js';
import type { StoredFile } from './catalogue/stored-file.js';
import type { Target } from './api/target.js';

/** A store of own backups: a folder or an object storage bucket. */
export interface Store {
  readonly catalogue: Catalogue;
  /** Creates the file service once the listen address is known. */
  servedAt(addresses: OwnAddresses): FileService;
  close(): Promise<void>;
}

/** Two addresses of the server for local clients, without a trailing slash. */
export interface OwnAddresses {
  readonly origin: string;
  readonly localhost: string;
}

/** Issues links to the files of a store and serves them. */
export interface FileService {
  /**
   * Issues both links to a file, valid for `lifetime` seconds or up to one second more. Null if the
   * file is currently unavailable.
   * @throws ApiError
   */
  issue(backup: CataloguedBackup, file: StoredFile, lifetime: number): Promise<IssuedLinks | null>;
  /** Origins of the links. */
  readonly linkOrigins: readonly string[];
  /** Serves the links; absent if they point to another server. */
  readonly download?: ServeDownload;
}

export interface IssuedLinks {
  readonly publicURL: string;
  readonly internalURL: string;
  /** The current file, which may be newer than the catalogue's. */
  readonly file: StoredFile;
}

/** @throws ApiError unless the request uses a link issued here */
export type ServeDownload = (
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
) => Promise<void>;
