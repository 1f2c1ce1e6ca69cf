import type { StopSignal } from '../domain/stop-signal.js';
import type { RequestScope } from '../telemetry/request-scope.js';
import type { HandedLink, LinkRequest } from '../domain/link.js';

export interface IssueOptions {
  /** Links are reused only for the caller they were issued for. */
  readonly callerId: string;
  /** Aborting cancels the request unless it has been sent. */
  readonly signal?: StopSignal;
  /** The HTTP request that needs the link. */
  readonly scope?: RequestScope | undefined;
}

/** A source of links. */
export interface LinkSource {
  /** @throws UpstreamError */
  issue(request: LinkRequest, options: IssueOptions): Promise<HandedLink>;
  /** The link that `issue` would return without waiting; undefined if there is none. */
  atHand?(request: LinkRequest, options: IssueOptions): HandedLink | undefined;
}
