import type { IncomingHttpHeaders } from 'node:http';

/** Headers added by proxies, load balancers and CDNs; clients have no reason to send them. */
const NAMES = new Set([
  // RFC 9110 (7.6.3), RFC 7239, RFC 8586
  'via',
  'forwarded',
  'cdn-loop',
  'client-ip',
  'true-client-ip',
  'fastly-client-ip',
  'fastly-ff',
  'fly-client-ip',
  'x-nf-client-connection-ip',
  'x-appengine-user-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-arr-ssl',
  'x-scheme',
  'x-url-scheme',
  'x-host',
  'x-varnish',
  'x-proxyuser-ip',
  'wl-proxy-client-ip',
  'proxy-client-ip',
  'proxy-connection',
  'front-end-https',
]);

/** Prefixes of such headers: X-Forwarded-Host, CF-Connecting-IP, X-Original-URL … */
const PREFIXES =
  /^(x-forwarded|x-real-|x-client-|x-cluster-client|x-remote-|x-original-|x-envoy-|x-forward-|x-true-client-|x-source-ip|x-proxy-|cf-|cloudfront-|akamai-|tailscale-)/;

/** Whether a header indicates a proxy. @param name in lower case */
export function isProxyHeader(name: string): boolean {
  // Fast path: most names start with other letters.
  switch (name.charCodeAt(0)) {
    case 0x61: // a
    case 0x63: // c
    case 0x66: // f
    case 0x70: // p
    case 0x74: // t
    case 0x76: // v
    case 0x77: // w
    case 0x78: // x
      return NAMES.has(name) || PREFIXES.test(name);
    default:
      return false;
  }
}

/** Whether any request header indicates a proxy. X-Forwarded-For can be excluded. */
export function hasProxyHeader(headers: IncomingHttpHeaders, countForwardedFor = true): boolean {
  for (const name in headers) {
    if (isProxyHeader(name) && (countForwardedFor || name !== 'x-forwarded-for')) return true;
  }
  return false;
}
