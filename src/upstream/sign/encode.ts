/**
 * RFC 3986 percent-encoding: only `A-Za-z0-9-_.~` stay, hex is upper-case, a space is `%20`. Used for
 * the wire and for the signature alike, so that both are the same string.
 * @throws URIError on a lone surrogate, which has no UTF-8 form
 */
export function encodeRfc3986(text: string): string {
  // Ids are all of these: to see that takes less than to encode them.
  if (UNRESERVED.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const UNRESERVED = /^[\w.~-]*$/;

export type QueryParameter = readonly [name: string, value: string];

/** A path from its decoded segments; a `/` inside a segment is encoded, so it stays one segment. */
export function encodePath(segments: readonly string[]): string {
  return `/${segments.map(encodeRfc3986).join('/')}`;
}

/** A query from its decoded parameters, sorted by name by code point. */
export function encodeQuery(parameters: readonly QueryParameter[]): string {
  return [...parameters]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .join('&');
}
