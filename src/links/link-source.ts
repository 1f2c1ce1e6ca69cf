import type { IssuedLink, LinkRequest } from '../domain/link.js';

export interface IssueOptions {
  /** Aborting drops the request where it has not been sent yet. */
  readonly signal?: AbortSignal;
}

/** Where links come from. */
export interface LinkSource {
  /** @throws UpstreamError */
  issue(request: LinkRequest, options?: IssueOptions): Promise<IssuedLink>;
}
