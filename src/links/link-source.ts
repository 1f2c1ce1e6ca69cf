import type { StopSignal } from '../domain/stop-signal.js';
import type { RequestScope } from '../telemetry/request-scope.js';
import type { HandedLink, LinkRequest } from '../domain/link.js';

export interface IssueOptions {
  /** A link is handed out again to the caller it was issued for, and to no other. */
  readonly callerId: string;
  /** Aborting drops the request where it has not been sent yet. */
  readonly signal?: StopSignal;
  /** The HTTP request it is asked for. */
  readonly scope?: RequestScope | undefined;
}

/** Where links come from. */
export interface LinkSource {
  /** @throws UpstreamError */
  issue(request: LinkRequest, options: IssueOptions): Promise<HandedLink>;
}
