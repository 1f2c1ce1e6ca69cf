import type { HandedLink } from './link.js';
import { linkIdOfUrls } from './link-id.js';

/** The same link where policy lets none out over the public network. */
export function withoutPublicLink(link: HandedLink): HandedLink {
  const urls = { publicUrl: null, internalUrl: link.internalUrl };
  const expiresAt = link.internalUrl === null ? null : link.expiresAt;
  return { ...link, ...urls, expiresAt, linkId: linkIdOfUrls(urls) };
}
