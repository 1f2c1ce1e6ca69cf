import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4 } from 'node:net';

/** The request properties that show whether it is local. */
export interface RequestOrigin {
  /** The peer address of the socket, not one claimed by a header. */
  readonly remoteAddress: string | undefined;
  /** For example `1.1`. */
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
}

/** Matches 127.0.0.0/8, `::1` and IPv4-mapped IPv6 loopback addresses. */
export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  if (address === '::1') return true;
  const [, plain = ''] = /^(?:::ffff:)?(127\..*)$/i.exec(address) ?? [];
  return isIPv4(plain);
}

/**
 * Whether a request comes from this machine and uses a local host name. A web page can point its
 * own host name at 127.0.0.1 and reach the server through the visitor's browser; the Host header
 * then shows that name (DNS rebinding). A proxy on this machine, trusted or not, forwards remote
 * clients, so any sign of a proxy is rejected. A proxy that speaks HTTP/1.1, keeps the local Host
 * and adds no headers is indistinguishable from a local client.
 * @param configuredHost HOST, also accepted as a host name
 */
export function isLocalRequest(origin: RequestOrigin, configuredHost: string): boolean {
  if (!isLoopbackAddress(origin.remoteAddress) || showsProxy(origin)) return false;
  const name = hostnameOf(origin.headers.host);
  return name === 'localhost' || isLoopbackAddress(name) || name === configuredHost.toLowerCase();
}

/** nginx uses HTTP/1.0 to its backends by default; browsers and tools do not. */
function showsProxy({ httpVersion, headers }: RequestOrigin): boolean {
  return (
    httpVersion === '1.0' ||
    hasProxyHeader(headers, false) ||
    bringsOthers(headers['x-forwarded-for'])
  );
}

/**
 * Whether X-Forwarded-For names another machine. A proxy that names only this machine forwards a
 * local client; a remote client gains nothing by forging the header.
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

/**
 * Headers added by proxies, load balancers and CDNs (RFC 9110, 7.6.3; RFC 7239; RFC 8586; and the
 * common others: X-Forwarded-Host, CF-Connecting-IP, X-Original-URL …). Clients have no reason to
 * send them.
 */
const PROXY_HEADER = new RegExp(
  [
    '^(?:via|forwarded|cdn-loop|client-ip|true-client-ip|fastly-client-ip|fastly-ff|fly-client-ip',
    'x-nf-client-connection-ip|x-appengine-user-ip|x-azure-clientip|x-azure-socketip|x-arr-ssl',
    'x-scheme|x-url-scheme|x-host|x-varnish|x-proxyuser-ip|wl-proxy-client-ip|proxy-client-ip',
    'proxy-connection|front-end-https)$',
    '^(?:x-forwarded|x-real-|x-client-|x-cluster-client|x-remote-|x-original-|x-envoy-|x-forward-',
    'x-true-client-|x-source-ip|x-proxy-|cf-|cloudfront-|akamai-|tailscale-)',
  ].join('|'),
);

/** Whether any request header indicates a proxy. X-Forwarded-For can be excluded. */
export function hasProxyHeader(headers: IncomingHttpHeaders, countForwardedFor = true): boolean {
  for (const name in headers) {
    // Most names begin with other letters.
    if (!'acfptvwx'.includes(name[0] ?? '')) continue;
    if (PROXY_HEADER.test(name) && (countForwardedFor || name !== 'x-forwarded-for')) return true;
  }
  return false;
}
