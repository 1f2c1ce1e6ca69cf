import { linkExpiry, linkLife } from '../domain/link-expiry.js';
import { linkIdOfUrls } from '../domain/link-id.js';
import type { FreshLink, LinkRequest } from '../domain/link.js';
import type { Answer, SendOptions, UpstreamClient } from './client.js';
import { NotFoundError } from './failure.js';
import {
  describeBackupDownloadUrl,
  type DownloadUrlForm,
  type DownloadUrls,
} from './operations/describe-backup-download-url.js';
import { Deadline } from './policy/deadline.js';

export interface LinkIssuerOptions {
  readonly client: Pick<UpstreamClient, 'send'>;
  /** `auto`: the resource form, or the action form if the gateway does not know that route. */
  readonly downloadUrlPath: 'auto' | DownloadUrlForm;
  /** Whether requests name the instance: one backup id may stand under several of the embedded upstream. */
  readonly namesInstance?: boolean;
  /** Deadline of one link in milliseconds, however many calls it takes. */
  readonly timeoutMs: number;
}

/**
 * Requests one link from the upstream.
 * @throws UpstreamError; NotFoundError if the backup does not exist
 */
export type IssueLink = (request: LinkRequest, options?: SendOptions) => Promise<FreshLink>;

export function createLinkIssuer(options: LinkIssuerOptions): IssueLink {
  const { client, downloadUrlPath, namesInstance, timeoutMs } = options;
  let form = downloadUrlPath === 'auto' ? undefined : downloadUrlPath;

  /** What a gateway says of the backup itself settles the form for the process. */
  async function sendIn(
    path: DownloadUrlForm,
    request: LinkRequest,
    sendOptions: SendOptions | undefined,
  ): Promise<Answer<DownloadUrls>> {
    try {
      const operation = describeBackupDownloadUrl(request, path, { namesInstance });
      const answer = await client.send(operation, sendOptions);
      form ??= path;
      return answer;
    } catch (error) {
      if (error instanceof NotFoundError && !error.mayBeRoute) form ??= path;
      throw error;
    }
  }

  async function tryForms(
    request: LinkRequest,
    sendOptions: SendOptions = {},
  ): Promise<Answer<DownloadUrls>> {
    const both = { ...sendOptions, deadline: new Deadline(timeoutMs, sendOptions.signal) };
    try {
      return await sendIn('resource', request, both);
    } catch (error) {
      const isInDoubt = error instanceof NotFoundError && error.mayBeRoute;
      if (!isInDoubt || form === 'resource') throw error;
      return sendIn('action', request, both);
    }
  }

  return async (request, sendOptions) => {
    const { result, sentAt, answeredAt, requestId, credentialExpiresAt } = await (form
      ? sendIn(form, request, sendOptions)
      : tryForms(request, sendOptions));
    const { publicUrl, internalUrl, sizeBytes, sha256 } = result;
    const { lifetime } = request;
    const facts = { publicUrl, internalUrl, lifetime, issuedAt: sentAt, credentialExpiresAt };
    const expiresAt = linkExpiry(facts);
    const life = linkLife({ expiresAt, answeredAt, lifetime });
    const linkId = linkIdOfUrls(result);
    return { publicUrl, internalUrl, sizeBytes, sha256, expiresAt, linkId, life, requestId };
  };
}
