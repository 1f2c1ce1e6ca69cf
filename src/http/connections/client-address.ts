import { isIP } from 'node:net';
import { plainAddress } from '../../telemetry/audit-record.js';

export interface AddressFacts {
  /** Of the other side of the socket. */
  readonly remoteAddress: string | undefined;
  /** The X-Forwarded-For header: each proxy adds the address it was called from at the end. */
  readonly forwardedFor: string | readonly string[] | undefined;
}

/**
 * The address of a client as the trusted proxies tell it, counted in hops from the socket: what came
 * before the last trusted one can be made up. Ports are taken off. What is no IP address is not believed,
 * nor anything before it. Empty where the socket is gone.
 */
export function clientAddressOf(
  { remoteAddress = '', forwardedFor = '' }: AddressFacts,
  trustedProxies: number,
): string {
  let address = plainAddress(remoteAddress);
  if (trustedProxies === 0 || forwardedFor === '') return address;
  const told = String(forwardedFor)
    .split(',')
    .filter((entry) => entry.trim() !== '');
  for (const entry of told.slice(-trustedProxies).reverse()) {
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
  // A zone (RFC 4007) names an interface of the proxy and may be any text.
  if (isIP(address) === 0 || address.includes('%')) return null;
  return plainAddress(address.toLowerCase());
}
