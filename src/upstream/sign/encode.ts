/**
 * RFC 3986 percent-encoding: only `A-Za-z0-9-_.~` are unreserved, hex digits are upper-case, a
 * space is `%20`. Used for both the request and the signature, so that they match.
 * @throws URIError for a lone surrogate, which has no UTF-8 form
 */
export function encodeRfc3986(text: string): string {
  // IDs are unreserved: testing is faster than encoding.
  if (UNRESERVED.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const UNRESERVED = /^[\w.~-]*$/;

export type QueryParameter = readonly [name: string, value: string];

/** Encodes a path from decoded segments; a `/` inside a segment is encoded and stays within it. */
export function encodePath(segments: readonly string[]): string {
  return `/${segments.map(encodeRfc3986).join('/')}`;
}

/** Encodes a query from decoded parameters, sorted by name by code point. */
export function encodeQuery(parameters: readonly QueryParameter[]): string {
  return [...parameters]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .join('&');
}
