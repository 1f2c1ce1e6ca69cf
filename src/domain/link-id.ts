import { hash } from 'node:crypto';

/** Names a link in records by the hash of its signature, so that the link is not given away. */
export function linkIdOf(signature: string): string {
  return hash('sha256', signature).slice(0, 16);
}

/** The name of a link, null where it carries no signature: the link is then whole in its path. */
export function linkIdOfUrl(url: string): string | null {
  const signature = /[?&](?:X-Amz-)?Signature=([^&#]+)/.exec(url)?.[1];
  return signature === undefined ? null : linkIdOf(signature);
}
