import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
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
  /**
   * Checks that the query of a link was signed here.
   * @returns whether the link has expired
   * @throws ApiError 403 LINK_SIGNATURE_MISMATCH
   */
  verify(file: FileKey, query: Parameters): { readonly isExpired: boolean };
}

export interface DownloadLinksOptions {
  readonly secret: Secret;
  /** Addresses the links begin with, without a slash at the end. */
  readonly publicUrl: string;
  readonly internalUrl: string;
  readonly now: () => Date;
  /** A text that is never used twice, of characters that need no encoding. */
  readonly nonce?: () => string;
}

/**
 * Links are bound to region, instance, backup, file and expiry by an HMAC. A nonce in it makes each
 * issued link one of its own, so that a download can be told from that of another caller who asked for
 * the same file in the same second.
 */
export function createDownloadLinks(options: DownloadLinksOptions): DownloadLinks {
  const { publicUrl, internalUrl, now, nonce: newNonce = randomUUID } = options;

  function signature(
    { regionId, instanceId, backupId, fileName }: FileKey,
    nonce: string,
    expires: string,
  ): string {
    return createHmac('sha256', options.secret.reveal())
      .update(JSON.stringify([regionId, instanceId, backupId, fileName, nonce, expires]))
      .digest('hex');
  }

  return {
    issue(file, lifetime) {
      const nonce = newNonce();
      const expires = String(Math.ceil(now().getTime() / 1000) + lifetime);
      const { regionId, instanceId, backupId, fileName } = file;
      const path = encodePath(['download', regionId, instanceId, backupId, fileName]);
      const link = `${path}?Nonce=${nonce}&Expires=${expires}&Signature=${signature(file, nonce, expires)}`;
      return { publicURL: `${publicUrl}${link}`, internalURL: `${internalUrl}${link}` };
    },

    verify(file, query) {
      const expires = query.get('Expires') ?? '';
      const expected = Buffer.from(signature(file, query.get('Nonce') ?? '', expires));
      const given = Buffer.from(query.get('Signature') ?? '');
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw new ApiError(
          403,
          'LINK_SIGNATURE_MISMATCH',
          'The link was changed or is not complete.',
        );
      }
      return { isExpired: now().getTime() >= Number(expires) * 1000 };
    },
  };
}
