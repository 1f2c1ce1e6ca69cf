import type { FreshLink, LinkRequest } from '../domain/link.js';
import { linkIdOfUrls } from '../domain/link-id.js';
import { linkExpiry, linkLife } from '../domain/link-expiry.js';
import { createPathFormSelector, type PathFormSetting } from './path-form.js';
import type { SendOptions, UpstreamClient } from './client.js';
import { describeBackupDownloadUrl } from './operations/describe-backup-download-url.js';

export interface LinkIssuer {
  /**
   * Requests one link from the upstream.
   * @throws UpstreamError; NotFoundError if the backup does not exist
   */
  issue(request: LinkRequest, options?: SendOptions): Promise<FreshLink>;
}

export interface LinkIssuerOptions {
  readonly client: Pick<UpstreamClient, 'send'>;
  readonly downloadUrlPath: PathFormSetting;
  /** Whether requests name the instance: one backup id may stand under several of the embedded upstream. */
  readonly namesInstance?: boolean;
  /** Deadline of one link in milliseconds, however many calls it takes. */
  readonly timeoutMs: number;
  /**
   * When the signing credential expires, for clients that do not report it. No link outlives it.
   */
  readonly credentialExpiresAt?: Date | undefined;
}

export function createLinkIssuer(options: LinkIssuerOptions): LinkIssuer {
  const { client, downloadUrlPath, namesInstance, timeoutMs, credentialExpiresAt: end } = options;
  const forms = createPathFormSelector(downloadUrlPath, timeoutMs);
  return {
    issue: async (request, sendOptions) => {
      const {
        result,
        sentAt,
        answeredAt,
        requestId,
        credentialExpiresAt = end,
      } = await forms.send(
        (form, deadline) =>
          client.send(
            describeBackupDownloadUrl(request, form, { namesInstance }),
            deadline ? { ...sendOptions, deadline } : sendOptions,
          ),
        sendOptions?.signal,
      );
      const { publicUrl, internalUrl, sizeBytes, sha256 } = result;
      const { lifetime } = request;
      const facts = { publicUrl, internalUrl, lifetime, issuedAt: sentAt, credentialExpiresAt };
      const expiresAt = linkExpiry(facts);
      const life = linkLife({ expiresAt, answeredAt, lifetime });
      const linkId = linkIdOfUrls(result);
      return { publicUrl, internalUrl, sizeBytes, sha256, expiresAt, linkId, life, requestId };
    },
  };
}
