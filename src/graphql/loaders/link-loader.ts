import DataLoader from 'dataloader';
import { PublicError } from '../../domain/errors.js';
import { type HandedLink, linkRequestKey, type LinkRequest } from '../../domain/link.js';
import type { IssueOptions, LinkSource } from '../../links/link-source.js';
import { perKey } from './per-key.js';

export type LinkLoader = DataLoader<LinkRequest, HandedLink, string>;

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
export function createLinkLoader(options: LinkLoaderOptions): LinkLoader {
  const { links, maxLinks, call } = options;
  const asked = new Set<string>();
  const loader: LinkLoader = new DataLoader(
    perKey(
      (request) => {
        if (asked.add(linkRequestKey(request)).size > maxLinks) throw tooManyLinks(maxLinks);
        return links.issue(request, call);
      },
      (request) => loader.clear(request),
    ),
    { cacheKeyFn: linkRequestKey },
  );
  return loader;
}

function tooManyLinks(maxLinks: number): PublicError {
  return new PublicError(
    'TOO_MANY_LINKS',
    `The operation exceeds the limit of ${maxLinks} distinct links; request the rest in another operation.`,
  );
}
