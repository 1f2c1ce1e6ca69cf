import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import type { LinkSecrets } from '../../config/config.js';
import type { Secret } from '../../config/secret.js';
import type { BackupKey } from '../../domain/ids.js';
import { encodePath } from '../../upstream/sign.js';
import { ApiError } from './api-error.js';
import type { Parameters } from './parameters.js';

/** Identifies a file of a backup. */
export interface FileKey extends BackupKey {
  readonly fileName: string;
}

export interface DownloadLinks {
  /** Issues both links to a file, valid for `lifetime` seconds or up to one second more. */
  issue(
    file: FileKey,
    lifetime: number,
  ): { readonly publicURL: string; readonly internalURL: string };
  /**
   * Verifies the signature of a link.
   * @returns whether the link has expired
   * @throws ApiError 403 LINK_SIGNATURE_MISMATCH
   */
  verify(file: FileKey, query: Parameters): { readonly isExpired: boolean };
}

export interface DownloadLinksOptions {
  /** The current secrets: the first signs, all verify. */
  readonly secrets: () => LinkSecrets;
  /** Base URLs of links, without a trailing slash. */
  readonly publicUrl: string;
  readonly internalUrl: string;
  readonly now: () => Date;
  /** Returns a unique text of URL-safe characters. */
  readonly nonce?: () => string;
}

/**
 * An HMAC binds links to region, instance, backup, file and expiry. A nonce makes each issued link
 * unique, so that downloads by different callers of the same file in the same second are
 * distinguishable.
 */
export function createDownloadLinks(options: DownloadLinksOptions): DownloadLinks {
  const { publicUrl, internalUrl, now, nonce: newNonce = randomUUID } = options;

  function signature(
    secret: Secret,
    { regionId, instanceId, backupId, fileName }: FileKey,
    nonce: string,
    expires: string,
  ): string {
    return createHmac('sha256', secret.reveal())
      .update(JSON.stringify([regionId, instanceId, backupId, fileName, nonce, expires]))
      .digest('hex');
  }

  return {
    issue(file, lifetime) {
      const nonce = newNonce();
      const expires = String(Math.ceil(now().getTime() / 1000) + lifetime);
      const { regionId, instanceId, backupId, fileName } = file;
      const path = encodePath(['download', regionId, instanceId, backupId, fileName]);
      const link = `${path}?Nonce=${nonce}&Expires=${expires}&Signature=${signature(options.secrets()[0], file, nonce, expires)}`;
      return { publicURL: `${publicUrl}${link}`, internalURL: `${internalUrl}${link}` };
    },

    verify(file, query) {
      const expires = query.get('Expires') ?? '';
      const nonce = query.get('Nonce') ?? '';
      const given = Buffer.from(query.get('Signature') ?? '');
      const isValid = options.secrets().some((secret) => {
        const expected = Buffer.from(signature(secret, file, nonce, expires));
        return given.length === expected.length && timingSafeEqual(given, expected);
      });
      if (!isValid) throw new ApiError(403, 'LINK_SIGNATURE_MISMATCH', MISMATCH);
      return { isExpired: now().getTime() >= Number(expires) * 1000 };
    },
  };
}

/** An intact link fails too if another process signed it with a secret of its own. */
const MISMATCH =
  'The link is incomplete, was altered, or was signed with another secret: before a restart, or by ' +
  'another replica. Request a new one. If new links fail too, set one EMBEDDED_LINK_SECRET on all replicas.';
