import {
  type FreshLink,
  type HandedLink,
  type IssuedLink,
  linkRequestKey,
  type LinkRequest,
} from '../domain/link.js';
import type { IssueOptions, LinkSource } from './link-source.js';
import { createSingleFlight } from './single-flight.js';

/** Where a link that is handed out came from; `flight` is a call another request had under way. */
export type LinkOrigin = LinkStore['name'] | 'flight' | 'upstream';

export interface ReusingLinkSourceOptions {
  /** @throws UpstreamError */
  readonly issue: (request: LinkRequest, options: IssueOptions) => Promise<FreshLink>;
  /** The part of a link's life in which it is handed out again, from 0 (never) up to 1. */
  readonly reuse: number;
  /** Asked in this order. */
  readonly stores: readonly LinkStore[];
  /** The upstream's time, in epoch milliseconds. */
  readonly now: () => number;
  /** Told of each link handed out. */
  readonly onLink?: ((origin: LinkOrigin) => void) | undefined;
}

/**
 * Hands a link out again to the caller it was issued for, as long as most of its life is left, and
 * lets equal requests of a caller at the same time share one call. Only links whose end is known are
 * kept; failures, and that a link is not available, never are. Stores measure how long they keep a link,
 * by clocks that may stand still while the machine sleeps: so the end of a link is looked at as well.
 */
export function createReusingLinkSource(options: ReusingLinkSourceOptions): LinkSource {
  const { issue, reuse, stores, now, onLink } = options;
  const flights = createSingleFlight<Found>();

  const isOver = ({ expiresAt }: IssuedLink): boolean =>
    expiresAt !== null && expiresAt.getTime() <= now();

  async function find(key: string): Promise<Found | undefined> {
    for (const store of stores) {
      const link = await store.get(key);
      if (link && !isOver(link)) return { link, origin: store.name };
    }
    return undefined;
  }

  async function issueAnew(
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
        (await find(key)) ?? issueAnew(key, request, { callerId, signal: flight, scope }),
      signal,
    );
  }

  return {
    issue: async (request, issueOptions) => {
      const { callerId } = issueOptions;
      if (reuse === 0) return handOut(await issueAnew('', request, issueOptions), onLink);
      const key = keyOf(request, callerId);
      const [nearest] = stores;
      const link = nearest?.peek?.(key);
      if (nearest && link && !isOver(link)) return handOut({ link, origin: nearest.name }, onLink);
      let flight = share(key, request, issueOptions);
      let found = await flight.result;
      if (flight.joined && isOver(found.link)) {
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
  // Written out: with a spread in it, the object takes ten times as long to make.
  return { publicUrl, internalUrl, sizeBytes, sha256, expiresAt, linkId, requestId, reused };
}

/** A caller's id may hold any character: as JSON, its end is certain. */
function keyOf(request: LinkRequest, callerId: string): string {
  return JSON.stringify(callerId) + linkRequestKey(request);
}

/** Keeps links for a while. It never fails: without it links are issued anew. */
export interface LinkStore {
  /** For metrics. */
  readonly name: 'memory' | 'redis';
  get(key: string): Promise<IssuedLink | undefined>;
  /** The same at once, where nothing has to be asked for it. */
  peek?(key: string): IssuedLink | undefined;
  /** Keeps a link for `ms` milliseconds at most. */
  put(key: string, link: IssuedLink, ms: number): void;
}
