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
  const isSpent = (): boolean => {
    calls += 1;
    return calls > max;
  };
  const refuse = (): Promise<never> =>
    Promise.reject(
      new PublicError(
        'QUERY_TOO_COMPLEX',
        `One operation may make ${max} calls to the upstream at the most: ask for the rest in another.`,
      ),
    );
  return {
    client: {
      send: (operation, options) => (isSpent() ? refuse() : client.send(operation, options)),
    },
    links: {
      issue: (request, options) => (isSpent() ? refuse() : links.issue(request, options)),
    },
  };
}
