import DataLoader from 'dataloader';
import { PublicError } from '../../domain/errors.js';
import { type HandedLink, linkRequestKey, type LinkRequest } from '../../domain/link.js';
import type { IssueOptions, LinkSource } from '../../links/link-source.js';
import { perKey } from './per-key.js';

/** Loads the links of one operation. */
export interface LinkLoader {
  /** Without a promise if the link is at hand. @throws PublicError TOO_MANY_LINKS */
  load(request: LinkRequest): HandedLink | Promise<HandedLink>;
}

export interface LinkLoaderOptions {
  readonly links: LinkSource;
  /** Maximum distinct links of one operation. */
  readonly maxLinks: number;
  /** Options of the issuing calls. */
  readonly call: IssueOptions;
}

/**
 * Loads links by backup, file and lifetime. The upstream issues them one by one; each distinct link
 * is requested once, in parallel up to the client's concurrency limit.
 */
export function createLinkLoader({ links, maxLinks, call }: LinkLoaderOptions): LinkLoader {
  /** The links requested so far; null for one that had to be issued. */
  const requested = new Map<string, HandedLink | null>();
  const issued = new DataLoader<LinkRequest, HandedLink, string>(
    perKey(
      (request) => links.issue(request, call),
      (request) => issued.clear(request),
    ),
    { cacheKeyFn: linkRequestKey },
  );

  /** Shared: an error with a stack takes 2 KB, and thousands of files can have one. */
  let refusal: PublicError | undefined;

  return {
    load(request) {
      const key = linkRequestKey(request);
      const known = requested.get(key);
      if (known !== undefined) return known ?? issued.load(request);
      if (requested.size >= maxLinks) throw (refusal ??= tooManyLinks(maxLinks));
      const link = links.atHand?.(request, call) ?? null;
      requested.set(key, link);
      return link ?? issued.load(request);
    },
  };
}

function tooManyLinks(maxLinks: number): PublicError {
  return new PublicError(
    'TOO_MANY_LINKS',
    `The operation exceeds the limit of ${maxLinks} distinct links; request the rest in another operation.`,
  );
}
