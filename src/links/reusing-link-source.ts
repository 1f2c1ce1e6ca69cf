import { LRUCache } from 'lru-cache';
import {
  type FreshLink,
  type HandedLink,
  type IssuedLink,
  linkRequestKey,
  type LinkRequest,
} from '../domain/link.js';
import { createSingleFlight } from '../domain/single-flight.js';
import type { SendOptions } from '../upstream/client.js';

export interface IssueOptions extends Pick<SendOptions, 'signal' | 'scope'> {
  /** Links are reused only for the caller they were issued for. */
  readonly callerId: string;
}

/** A source of links. */
export interface LinkSource {
  /** @throws UpstreamError */
  issue(request: LinkRequest, options: IssueOptions): Promise<HandedLink>;
  /** The link that `issue` would return without waiting; undefined if there is none. */
  atHand(request: LinkRequest, options: IssueOptions): HandedLink | undefined;
}

/** The origin of a returned link; `flight` is a concurrent request's call. */
export type LinkOrigin = 'memory' | 'redis' | 'flight' | 'upstream';

/** Keeps links for other processes too. Never fails: without it, links are issued again. */
export interface LinkStore {
  get(key: string): Promise<IssuedLink | undefined>;
  /** Stores a link for at most `ms` milliseconds. */
  put(key: string, link: IssuedLink, ms: number): void;
}

export interface ReusingLinkSourceOptions {
  /** @throws UpstreamError */
  readonly issue: (request: LinkRequest, options: IssueOptions) => Promise<FreshLink>;
  /** The fraction of a link's lifetime during which it is reused, from 0 (never) to 1. */
  readonly reuse: number;
  /** Asked after the memory of this process. */
  readonly shared?: LinkStore | undefined;
  /** The upstream's time, in epoch milliseconds. */
  readonly now: () => number;
  /**
   * Whether the file facts of a kept link still hold; false if the check fails. Absent if the
   * upstream reports no file facts.
   */
  readonly isCurrent?: ((request: LinkRequest, link: IssuedLink) => Promise<boolean>) | undefined;
  /** Called with the origin of each returned link. */
  readonly onLink?: ((origin: LinkOrigin) => void) | undefined;
  /** Of the memory: a monotonic clock in milliseconds, and the limits. */
  readonly memory?: {
    readonly now?: () => number;
    readonly maxLinks?: number;
    readonly maxBytes?: number;
  };
}

export interface ReusingLinkSource extends LinkSource {
  /** Forgets the links in memory. */
  clear(): void;
}

/** Beyond these, the least recently used links are evicted. A link takes about 1 kB. */
const MAX_LINKS = 10_000;
const MAX_BYTES = 32 * 1024 * 1024;
/** Bytes of a link in addition to its key and URLs. */
const FACTS = 512;

/**
 * Reuses a link for the caller it was issued for while most of its lifetime remains, and lets
 * concurrent equal requests of a caller share one call. Only links with a known expiry are stored;
 * failures and unavailable links never are. Stores measure time with clocks that can stop while the
 * machine sleeps, so the expiry is checked too.
 */
export function createReusingLinkSource(options: ReusingLinkSourceOptions): ReusingLinkSource {
  const { issue, reuse, shared, now, isCurrent, onLink } = options;
  const { now: clock, maxLinks = MAX_LINKS, maxBytes = MAX_BYTES } = options.memory ?? {};
  const flights = createSingleFlight<Found>();
  const memory = new LRUCache<string, IssuedLink>({
    max: maxLinks,
    maxSize: maxBytes,
    sizeCalculation: ({ publicUrl, internalUrl }, key) =>
      FACTS + key.length + (publicUrl?.length ?? 0) + (internalUrl?.length ?? 0),
    ...(clock && { perf: { now: clock }, ttlResolution: 0 }),
  });

  const isExpired = ({ expiresAt }: IssuedLink): boolean =>
    expiresAt !== null && expiresAt.getTime() <= now();

  async function holds(request: LinkRequest, link: IssuedLink): Promise<boolean> {
    if (isExpired(link)) return false;
    return isCurrent === undefined || isCurrent(request, link).catch(() => false);
  }

  async function findOrIssue(
    key: string,
    request: LinkRequest,
    issueOptions: IssueOptions,
  ): Promise<Found> {
    const known = memory.get(key);
    if (known && (await holds(request, known))) return { link: known, origin: 'memory' };
    const other = await shared?.get(key);
    if (other && (await holds(request, other))) return { link: other, origin: 'redis' };
    const link = await issue(request, issueOptions);
    const ms = Math.floor((link.life ?? 0) * reuse);
    if (ms > 0) {
      memory.set(key, link, { ttl: ms });
      shared?.put(key, link, ms);
    }
    return { link, origin: 'upstream' };
  }

  function handOut({ link, origin }: Found): HandedLink {
    onLink?.(origin);
    const { publicUrl, internalUrl, sizeBytes, sha256, expiresAt, linkId, requestId } = link;
    const reused = origin !== 'upstream';
    // Written out: with a spread, creating the object takes ten times as long.
    return { publicUrl, internalUrl, sizeBytes, sha256, expiresAt, linkId, requestId, reused };
  }

  return {
    atHand: (request, { callerId }) => {
      // `issue` finds links that need a check first.
      if (reuse === 0 || isCurrent) return undefined;
      const link = memory.get(keyOf(request, callerId));
      return link && !isExpired(link) ? handOut({ link, origin: 'memory' }) : undefined;
    },
    issue: async (request, issueOptions) => {
      if (reuse === 0) {
        return handOut({ link: await issue(request, issueOptions), origin: 'upstream' });
      }
      const key = keyOf(request, issueOptions.callerId);
      const share = () =>
        flights.share(
          key,
          (signal) => findOrIssue(key, request, { ...issueOptions, signal }),
          issueOptions.signal,
        );
      let flight = share();
      let found = await flight.result;
      if (flight.joined && isExpired(found.link)) {
        flight = share();
        found = await flight.result;
      }
      return handOut(flight.joined ? { ...found, origin: 'flight' } : found);
    },
    clear: () => {
      memory.clear();
    },
  };
}

interface Found {
  readonly link: IssuedLink;
  readonly origin: LinkOrigin;
}

/** A caller ID can contain any character; JSON makes its end unambiguous. */
function keyOf(request: LinkRequest, callerId: string): string {
  return JSON.stringify(callerId) + linkRequestKey(request);
}
