import type { HandedLink } from './link.js';
import { linkIdOfUrls } from './link-id.js';

/** Removes the public link where policy forbids it. */
export function withoutPublicLink(link: HandedLink): HandedLink {
  const urls = { publicUrl: null, internalUrl: link.internalUrl };
  if (link.internalUrl === null) {
    return { ...link, ...urls, expiresAt: null, linkId: null, sizeBytes: null, sha256: null };
  }
  return { ...link, ...urls, linkId: linkIdOfUrls(urls) };
}
