import DataLoader from 'dataloader';
import { PublicError } from '../../domain/errors.js';
import { type HandedLink, linkRequestKey, type LinkRequest } from '../../domain/link.js';
import type { IssueOptions, LinkSource } from '../../links/link-source.js';
import { perKey } from './per-key.js';

export type LinkLoader = DataLoader<LinkRequest, HandedLink, string>;

export interface LinkLoaderOptions {
  readonly links: LinkSource;
  /** How many distinct links one operation may ask for. */
  readonly maxLinks: number;
  /** What the links are asked for. */
  readonly call: IssueOptions;
}

/**
 * Links by backup, file and lifetime. The upstream issues them one by one; each distinct one is asked
 * for once, all of them in parallel under the client's cap.
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
    `One operation may ask for ${maxLinks} distinct links at the most: ask for the rest in another.`,
  );
}
