import { isIPv6 } from 'node:net';
import { isLoopbackHostname } from '../domain/loopback.js';

/**
 * Whether a host, as written in HOST or a URL, is a loopback name or address (RFC 6761, section
 * 6.3).
 */
export function isLoopback(host: string): boolean {
  const hostname = normalized(host);
  return isLoopbackHostname(hostname) || MAPPED_LOOPBACK.test(hostname);
}

/** Whether a host is a wildcard address, which names no other machine to a client. */
export function isWildcard(host: string): boolean {
  return WILDCARD.test(normalized(host));
}

const MAPPED_LOOPBACK = /^\[::ffff:7f[\da-f]{2}:[\da-f]+\]$/;
const WILDCARD = /^(?:0\.0\.0\.0|\[::\]|\[::ffff:0:0\])$/;

/** The canonical spelling by the URL parser; `0` and `127.1` are addresses too. */
function normalized(host: string): string {
  const url = `http://${isIPv6(host) ? `[${host}]` : host}`;
  return URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, '') : host;
}
