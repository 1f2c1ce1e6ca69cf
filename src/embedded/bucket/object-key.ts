/**
 * Whether a link can carry a key. Clients resolve `.` and `..` segments of a URL, however they are encoded
 * (WHATWG URL, 4.4), so that such a key would become another one; control characters end lines of headers.
 */
export function canBeLinked(key: string): boolean {
  return !/\p{Cc}/u.test(key) && !key.split('/').some(isDotSegment);
}

function isDotSegment(segment: string): boolean {
  return segment === '.' || segment === '..';
}

/** The name of the file an object holds: the last segment of its key; empty for a marker of a folder. */
export function fileNameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
