import type { BackupKey } from '../domain/ids.js';
import type { FileKey } from './api/download-links.js';
import type { Parameters } from './api/parameters.js';
import type { Catalogue } from './catalogue/catalogue.js';
import type { CataloguedBackup } from './catalogue/catalogued-backup.js';
import type { StoredFile } from './catalogue/stored-file.js';
import type { OpenFile } from './folder/open-file.js';

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
  /** Absent if the links point to another server. */
  readonly served?: ServedFiles;
}

export interface IssuedLinks {
  readonly publicURL: string;
  readonly internalURL: string;
  /** The current file, which may be newer than the catalogue's. */
  readonly file: StoredFile;
}

/** The files behind links issued here. */
export interface ServedFiles {
  /**
   * Verifies the signature of a link.
   * @returns whether the link has expired
   * @throws ApiError 403 LINK_SIGNATURE_MISMATCH
   */
  verify(file: FileKey, query: Parameters): { readonly isExpired: boolean };
  /** Null if there is no such file. The caller closes it. @throws ApiError */
  open(backup: BackupKey, fileName: string): Promise<OpenFile | null>;
}
