import { PublicError } from '../../domain/errors.js';
import type { LinkSource } from '../../links/link-source.js';
import type { UpstreamClient } from '../../upstream/operation.js';

export interface CallSources {
  readonly client: Pick<UpstreamClient, 'send'>;
  readonly links: LinkSource;
}

/**
 * The same sources for one operation, which together answer `max` calls at the most; further ones
 * fail with QUERY_TOO_COMPLEX. It stands behind the limits on queries: those estimate, this counts.
 */
export function limitCalls({ client, links }: CallSources, max: number): CallSources {
  let calls = 0;
  const spend = (): void => {
    calls += 1;
    if (calls <= max) return;
    throw new PublicError(
      'QUERY_TOO_COMPLEX',
      `One operation may make ${max} calls to the upstream at the most: ask for the rest in another.`,
    );
  };
  return {
    client: {
      async send(operation, options) {
        spend();
        return client.send(operation, options);
      },
    },
    links: {
      async issue(request, options) {
        spend();
        return links.issue(request, options);
      },
    },
  };
}
