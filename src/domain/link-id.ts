import { hash } from 'node:crypto';
import type { HandedLink, LinkUrls } from './link.js';

/** Identifies a link in records by a hash of its signature, which does not reveal the link. */
export function linkIdOf(signature: string): string {
  return hash('sha256', signature).slice(0, 16);
}

/**
 * The ID of a link, from the public link if there are two. Null if there is no link, or if it has
 * no signature and is fully contained in its path.
 */
export function linkIdOfUrls({ publicUrl, internalUrl }: LinkUrls): string | null {
  const signature = SIGNATURE.exec(publicUrl ?? internalUrl ?? '')?.[1];
  return signature === undefined ? null : linkIdOf(signature);
}

const SIGNATURE = /[?&](?:X-Amz-)?Signature=([^&#]+)/;

/** Removes the public link where policy forbids it. */
export function withoutPublicLink(link: HandedLink): HandedLink {
  const urls = { publicUrl: null, internalUrl: link.internalUrl };
  if (link.internalUrl === null) {
    return { ...link, ...urls, expiresAt: null, linkId: null, sizeBytes: null, sha256: null };
  }
  return { ...link, ...urls, linkId: linkIdOfUrls(urls) };
}
