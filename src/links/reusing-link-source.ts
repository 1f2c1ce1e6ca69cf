import {
  type FreshLink,
  type HandedLink,
  type IssuedLink,
  linkRequestKey,
  type LinkRequest,
} from '../domain/link.js';
import type { IssueOptions, LinkSource } from './link-source.js';
import { createSingleFlight } from '../domain/single-flight.js';

/** The origin of a returned link; `flight` is a concurrent request's call. */
export type LinkOrigin = LinkStore['name'] | 'flight' | 'upstream';

export interface ReusingLinkSourceOptions {
  /** @throws UpstreamError */
  readonly issue: (request: LinkRequest, options: IssueOptions) => Promise<FreshLink>;
  /** The fraction of a link's lifetime during which it is reused, from 0 (never) to 1. */
  readonly reuse: number;
  /** Queried in this order. */
  readonly stores: readonly LinkStore[];
  /** The upstream's time, in epoch milliseconds. */
  readonly now: () => number;
  /**
   * Whether the file facts of a kept link still hold; false if the check fails. Absent if the
   * upstream reports no file facts.
   */
  readonly isCurrent?: ((request: LinkRequest, link: IssuedLink) => Promise<boolean>) | undefined;
  /** Called with the origin of each returned link. */
  readonly onLink?: ((origin: LinkOrigin) => void) | undefined;
}

/**
 * Reuses a link for the caller it was issued for while most of its lifetime remains, and lets
 * concurrent equal requests of a caller share one call. Only links with a known expiry are stored;
 * failures and unavailable links never are. Stores measure time with clocks that can stop while the
 * machine sleeps, so the expiry is checked too.
 */
export function createReusingLinkSource(options: ReusingLinkSourceOptions): LinkSource {
  const { issue, reuse, stores, now, isCurrent, onLink } = options;
  const flights = createSingleFlight<Found>();

  const isExpired = ({ expiresAt }: IssuedLink): boolean =>
    expiresAt !== null && expiresAt.getTime() <= now();

  const holds = async (request: LinkRequest, link: IssuedLink): Promise<boolean> =>
    isCurrent === undefined || isCurrent(request, link).catch(() => false);

  async function find(key: string, request: LinkRequest): Promise<Found | undefined> {
    for (const store of stores) {
      const link = await store.get(key);
      if (link && !isExpired(link) && (await holds(request, link))) {
        return { link, origin: store.name };
      }
    }
    return undefined;
  }

  async function issueAndStore(
    key: string,
    request: LinkRequest,
    issueOptions: IssueOptions,
  ): Promise<Found> {
    const fresh = await issue(request, issueOptions);
    const ms = Math.floor((fresh.life ?? 0) * reuse);
    if (ms > 0) for (const store of stores) store.put(key, fresh, ms);
    return { link: fresh, origin: 'upstream' };
  }

  function share(key: string, request: LinkRequest, issueOptions: IssueOptions) {
    const { callerId, signal, scope } = issueOptions;
    return flights.share(
      key,
      async (flight) =>
        (await find(key, request)) ??
        issueAndStore(key, request, { callerId, signal: flight, scope }),
      signal,
    );
  }

  return {
    atHand: (request, { callerId }) => {
      const [nearest] = stores;
      // `issue` finds links that need a check first.
      if (!nearest?.peek || reuse === 0 || isCurrent) return undefined;
      const link = nearest.peek(keyOf(request, callerId));
      if (!link || isExpired(link)) return undefined;
      return handOut({ link, origin: nearest.name }, onLink);
    },
    issue: async (request, issueOptions) => {
      if (reuse === 0) return handOut(await issueAndStore('', request, issueOptions), onLink);
      const key = keyOf(request, issueOptions.callerId);
      let flight = share(key, request, issueOptions);
      let found = await flight.result;
      if (flight.joined && isExpired(found.link)) {
        flight = share(key, request, issueOptions);
        found = await flight.result;
      }
      return handOut(flight.joined ? { ...found, origin: 'flight' } : found, onLink);
    },
  };
}

interface Found {
  readonly link: IssuedLink;
  readonly origin: LinkOrigin;
}

function handOut({ link, origin }: Found, onLink: ReusingLinkSourceOptions['onLink']): HandedLink {
  onLink?.(origin);
  const { publicUrl, internalUrl, sizeBytes, sha256, expiresAt, linkId, requestId } = link;
  const reused = origin !== 'upstream';
  // Written out: with a spread, creating the object takes ten times as long.
  return { publicUrl, internalUrl, sizeBytes, sha256, expiresAt, linkId, requestId, reused };
}

/** A caller ID can contain any character; JSON makes its end unambiguous. */
function keyOf(request: LinkRequest, callerId: string): string {
  return JSON.stringify(callerId) + linkRequestKey(request);
}

/** Stores links temporarily. Never fails: without it, links are issued again. */
export interface LinkStore {
  /** For metrics. */
  readonly name: 'memory' | 'redis';
  get(key: string): Promise<IssuedLink | undefined>;
  /** The synchronous variant, if the store has one. */
  peek?(key: string): IssuedLink | undefined;
  /** Stores a link for at most `ms` milliseconds. */
  put(key: string, link: IssuedLink, ms: number): void;
}
