import DataLoader from 'dataloader';
import { PublicError } from '../../domain/errors.js';
import { formatBackupId } from '../../domain/ids.js';
import type { LinkRequest } from '../../domain/link.js';
import type { HandedLink, LinkSource } from '../../links/link-source.js';
import { perKey } from './per-key.js';

export type LinkLoader = DataLoader<LinkRequest, HandedLink, string>;

export interface LinkLoaderOptions {
  readonly links: LinkSource;
  /** How many distinct links one operation may ask for. */
  readonly maxLinks: number;
  readonly signal: AbortSignal;
  /** Who has the links. */
  readonly callerId: string;
}

/**
 * Links by backup, file and lifetime. The upstream issues them one by one; each distinct one is asked
 * for once, all of them in parallel under the client's cap.
 */
export function createLinkLoader(options: LinkLoaderOptions): LinkLoader {
  const { links, maxLinks, signal, callerId } = options;
  const asked = new Set<string>();
  const loader: LinkLoader = new DataLoader(
    perKey(
      async (request) => {
        if (asked.add(linkKey(request)).size > maxLinks) throw tooManyLinks(maxLinks);
        return links.issue(request, { signal, callerId });
      },
      (request) => loader.clear(request),
    ),
    { cacheKeyFn: linkKey },
  );
  return loader;
}

/** Unambiguous: a file name may hold any character, so the parts are not simply joined. */
function linkKey({ backup, fileName, lifetime }: LinkRequest): string {
  return JSON.stringify([formatBackupId(backup), fileName ?? null, lifetime ?? null]);
}

function tooManyLinks(maxLinks: number): PublicError {
  return new PublicError(
    'TOO_MANY_LINKS',
    `One operation may ask for ${maxLinks} distinct links at the most: ask for the rest in another.`,
  );
}
