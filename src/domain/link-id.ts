import { hash } from 'node:crypto';
import type { LinkUrls } from './link.js';

/** Names a link in records by the hash of its signature, so that the link is not given away. */
export function linkIdOf(signature: string): string {
  return hash('sha256', signature).slice(0, 16);
}

/**
 * The name of a link; where there are two, that of the one over the public network. Null where there is
 * none, and where it carries no signature: it is then whole in its path.
 */
export function linkIdOfUrls({ publicUrl, internalUrl }: LinkUrls): string | null {
  const signature = SIGNATURE.exec(publicUrl ?? internalUrl ?? '')?.[1];
  return signature === undefined ? null : linkIdOf(signature);
}

const SIGNATURE = /[?&](?:X-Amz-)?Signature=([^&#]+)/;
