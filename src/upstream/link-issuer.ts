import type { FreshLink, LinkRequest } from '../domain/link.js';
import { linkExpiry, linkLife } from '../domain/link-expiry.js';
import { createFormChoice, type FormSetting } from './form-choice.js';
import type { SendOptions, UpstreamClient } from './operation.js';
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
  readonly downloadUrlPath: FormSetting;
  /** When the credential that signs dies, where that is known: no link outlives it. */
  readonly credentialExpiresAt?: Date | undefined;
}

export function createLinkIssuer(options: LinkIssuerOptions): LinkIssuer {
  const { client, downloadUrlPath, credentialExpiresAt } = options;
  const forms = createFormChoice(downloadUrlPath);
  return {
    issue: async (request, sendOptions) => {
      const { result, sentAt, answeredAt, requestId } = await forms.send(
        (form) => client.send(describeBackupDownloadUrl(request, form), sendOptions),
        sendOptions?.signal,
      );
      const asked = request.lifetime === undefined ? {} : { lifetime: request.lifetime };
      const expiresAt = linkExpiry({
        ...result,
        ...asked,
        issuedAt: sentAt,
        ...(credentialExpiresAt && { credentialExpiresAt }),
      });
      const life = linkLife({ expiresAt, answeredAt, ...asked });
      return { ...result, expiresAt, life, ...(requestId !== undefined && { requestId }) };
    },
  };
}
