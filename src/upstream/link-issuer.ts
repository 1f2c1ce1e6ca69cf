import type { FreshLink, LinkRequest } from '../domain/link.js';
import { linkIdOfUrls } from '../domain/link-id.js';
import { linkExpiry, linkLife } from '../domain/link-expiry.js';
import { createPathFormSelector, type PathFormSetting } from './path-form.js';
import type { SendOptions, UpstreamClient } from './client.js';
import { describeBackupDownloadUrl } from './operations/describe-backup-download-url.js';

export interface LinkIssuer {
  /**
   * Asks the upstream for one link.
   * @throws UpstreamError; NotFoundError where the upstream does not know the backup
   */
  issue(request: LinkRequest, options?: SendOptions): Promise<FreshLink>;
}

export interface LinkIssuerOptions {
  readonly client: Pick<UpstreamClient, 'send'>;
  readonly downloadUrlPath: PathFormSetting;
  /** Deadline of one link, however many calls it takes, in milliseconds. */
  readonly timeoutMs: number;
  /** When the credential dies that signs, for a client whose answers do not say. No link outlives it. */
  readonly credentialExpiresAt?: Date | undefined;
}

export function createLinkIssuer(options: LinkIssuerOptions): LinkIssuer {
  const { client, downloadUrlPath, timeoutMs, credentialExpiresAt: end } = options;
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
            describeBackupDownloadUrl(request, form),
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
