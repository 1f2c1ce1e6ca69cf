import { isIPv6 } from 'node:net';

/** Whether a host, as HOST or an address spells it, is this machine's own loopback (RFC 6761, section 6.3). */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(normalized(host));
}

/** Whether it stands for every address of this machine; to a client it is no other machine's. */
export function isWildcard(host: string): boolean {
  return WILDCARD.test(normalized(host));
}

const LOOPBACK =
  /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]+\])$/;
const WILDCARD = /^(?:0\.0\.0\.0|\[::\]|\[::ffff:0:0\])$/;

/** The one spelling of a host that the parser of URLs leaves; `0` and `127.1` are addresses too. */
function normalized(host: string): string {
  const url = `http://${isIPv6(host) ? `[${host}]` : host}`;
  return URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, '') : host;
}
