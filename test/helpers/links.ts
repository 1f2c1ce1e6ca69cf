import type { FreshLink, IssuedLink } from '../../src/domain/link.js';
import { linkIdOfUrls } from '../../src/domain/link-id.js';

/** A link that is valid for a minute; `facts` replace its own. */
export function linkOf(facts: Partial<IssuedLink> = {}): IssuedLink {
  const link = {
    publicUrl: 'https://oss.example/k?Expires=1769860860&Signature=a+b/c==',
    internalUrl: null,
    sizeBytes: null,
    sha256: null,
    expiresAt: new Date('2026-01-31T12:01:00Z'),
    ...facts,
  };
  return { linkId: linkIdOfUrls(link), ...link };
}

/** The same, just issued. */
export function freshLinkOf(facts: Partial<FreshLink> = {}): FreshLink {
  return { ...linkOf(), life: 60_000, ...facts };
}
