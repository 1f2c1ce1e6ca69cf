import { isIP } from 'node:net';

export interface AddressFacts {
  /** The peer address of the socket. */
  readonly remoteAddress: string | undefined;
  /** The X-Forwarded-For header: each proxy appends the address of its client. */
  readonly forwardedFor: string | readonly string[] | undefined;
}

/**
 * The client address reported by the trusted proxies, counted in hops from the socket; anything
 * before the last trusted one can be forged. Ports are removed. An entry that is not an IP address
 * is rejected, with everything before it. Empty if the socket is closed.
 */
export function clientAddressOf(
  { remoteAddress = '', forwardedFor = '' }: AddressFacts,
  trustedProxies: number,
): string {
  let address = plainAddress(remoteAddress);
  if (trustedProxies === 0 || forwardedFor === '') return address;
  const entries = String(forwardedFor)
    .split(',')
    .filter((entry) => entry.trim() !== '');
  for (const entry of entries.slice(-trustedProxies).reverse()) {
    const before = toAddress(entry.trim());
    if (before === null) break;
    address = before;
  }
  return address;
}

/** `203.0.113.9:51234`, `[2001:db8::1]:443` and the same without a port; null for anything else. */
function toAddress(entry: string): string | null {
  const [, v6, v4 = entry] =
    /^(?:\[([\da-f:.]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/i.exec(entry) ?? [];
  const address = v6 ?? v4;
  // A zone (RFC 4007) names an interface of the proxy and can be any text.
  if (isIP(address) === 0 || address.includes('%')) return null;
  return plainAddress(address.toLowerCase());
}

/** Removes the IPv4-mapped IPv6 prefix: `::ffff:192.0.2.1`. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
