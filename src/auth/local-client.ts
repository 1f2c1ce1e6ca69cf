import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4 } from 'node:net';
import { hasProxyHeader } from './proxy-headers.js';

/** What tells whether a request comes from this machine, and from a page that belongs here. */
export interface RequestOrigin {
  /** Address at the other end of the socket, not one that a header claims. */
  readonly remoteAddress: string | undefined;
  /** As `1.1`. */
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
}

/** Any address of 127.0.0.0/8, `::1`, and the former as an IPv6 socket writes it. */
export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  if (address === '::1') return true;
  const [, plain = ''] = /^(?:::ffff:)?(127\..*)$/i.exec(address) ?? [];
  return isIPv4(plain);
}

/**
 * Whether a request comes from this machine and calls it by a name of its own. A web page can have a
 * name of its own point at 127.0.0.1 and reach the server through the browser of its visitor; the
 * Host header then tells that name (DNS rebinding). A proxy on this machine, trusted or not, brings
 * clients of others: whatever shows one is refused. One that speaks HTTP/1.1, keeps the local Host and
 * adds no header cannot be told from a local client.
 * @param configuredHost HOST, under which the server may be called too
 */
export function isLocalRequest(origin: RequestOrigin, configuredHost: string): boolean {
  if (!isLoopbackAddress(origin.remoteAddress) || showsProxy(origin)) return false;
  const name = hostnameOf(origin.headers.host);
  return name === 'localhost' || isLoopbackAddress(name) || name === configuredHost.toLowerCase();
}

/** HTTP/1.0 is what nginx speaks by default to what is behind it; browsers and tools do not. */
function showsProxy({ httpVersion, headers }: RequestOrigin): boolean {
  return (
    httpVersion === '1.0' ||
    hasProxyHeader(headers, false) ||
    bringsOthers(headers['x-forwarded-for'])
  );
}

/**
 * Whether X-Forwarded-For tells of another machine. A proxy that tells of this one alone brings a
 * local client; a remote one who makes the header up gains nothing over sending none.
 */
function bringsOthers(forwardedFor: string | readonly string[] | undefined): boolean {
  if (forwardedFor === undefined) return false;
  const clients = String(forwardedFor).split(',');
  return !clients.every((address) => isLoopbackAddress(address.trim()));
}

/** `localhost:4000` -> `localhost`, `[::1]:4000` -> `::1`. */
function hostnameOf(host = ''): string {
  const [, ipv6, name = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  return (ipv6 ?? name).toLowerCase();
}
