import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../config/secret.js';
import type { BackupKey } from '../../domain/ids.js';
import { encodePath } from '../../upstream/sign/encode.js';
import { ApiError } from '../http/api-error.js';
import type { Parameters } from '../rest/parameters.js';

/** One file of one backup. */
export interface FileKey extends BackupKey {
  readonly fileName: string;
}

export interface DownloadLinks {
  /** Both links to a file; they work for `lifetime` seconds, or up to one second more. */
  issue(
    file: FileKey,
    lifetime: number,
  ): { readonly publicURL: string; readonly internalURL: string };
  /** Checks the query of a link. @throws ApiError 403 LINK_SIGNATURE_MISMATCH, LINK_EXPIRED */
  verify(file: FileKey, query: Parameters): void;
}

export interface DownloadLinksOptions {
  readonly secret: Secret;
  /** Addresses the links begin with, without a slash at the end. */
  readonly publicUrl: string;
  readonly internalUrl: string;
  readonly now: () => Date;
}

/** Links are bound to region, instance, backup, file and expiry by an HMAC. */
export function createDownloadLinks(options: DownloadLinksOptions): DownloadLinks {
  const { publicUrl, internalUrl, now } = options;

  function signature(
    { regionId, instanceId, backupId, fileName }: FileKey,
    expires: string,
  ): string {
    return createHmac('sha256', options.secret.reveal())
      .update(JSON.stringify([regionId, instanceId, backupId, fileName, expires]))
      .digest('hex');
  }

  return {
    issue(file, lifetime) {
      const expires = String(Math.ceil(now().getTime() / 1000) + lifetime);
      const { regionId, instanceId, backupId, fileName } = file;
      const path = encodePath(['download', regionId, instanceId, backupId, fileName]);
      const link = `${path}?Expires=${expires}&Signature=${signature(file, expires)}`;
      return { publicURL: `${publicUrl}${link}`, internalURL: `${internalUrl}${link}` };
    },

    verify(file, query) {
      const expires = query.get('Expires') ?? '';
      const expected = Buffer.from(signature(file, expires));
      const given = Buffer.from(query.get('Signature') ?? '');
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw forbidden('LINK_SIGNATURE_MISMATCH', 'The link was changed or is not complete.');
      }
      if (now().getTime() >= Number(expires) * 1000) {
        throw forbidden('LINK_EXPIRED', 'The link has expired: ask for a new one.');
      }
    },
  };
}

function forbidden(status: string, message: string): ApiError {
  return new ApiError(403, status, message);
}
