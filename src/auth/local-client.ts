/** What tells whether a request comes from this machine, and from a page that belongs here. */
export interface RequestOrigin {
  /** Address at the other end of the socket, not one that a header claims. */
  readonly remoteAddress: string | undefined;
  /** The Host header. */
  readonly host: string | undefined;
  /** Clients that proxies on the way tell of: the X-Forwarded-For and the Forwarded header. */
  readonly forwardedFor?: string | undefined;
  readonly forwarded?: string | undefined;
}

/** Any address of 127.0.0.0/8, `::1`, and the former as an IPv6 socket writes it. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/i.test(address);
}

/**
 * Whether a request comes from this machine and calls it by a name of its own. A web page can have a
 * name of its own point at 127.0.0.1 and reach the server through the browser of its visitor; the
 * Host header then tells that name (DNS rebinding). A proxy on this machine, trusted or not, brings
 * clients of others: its headers tell of them.
 * @param configuredHost HOST, under which the server may be called too
 */
export function isLocalRequest(origin: RequestOrigin, configuredHost: string): boolean {
  if (!isLoopbackAddress(origin.remoteAddress) || isForwarded(origin)) return false;
  const name = hostnameOf(origin.host);
  return name === 'localhost' || isLoopbackAddress(name) || name === configuredHost.toLowerCase();
}

function isForwarded({ forwardedFor = '', forwarded }: RequestOrigin): boolean {
  const clients = forwardedFor.split(',').map((address) => address.trim());
  return forwarded !== undefined || (forwardedFor !== '' && !clients.every(isLoopbackAddress));
}

/** `localhost:4000` -> `localhost`, `[::1]:4000` -> `::1`. */
function hostnameOf(host = ''): string {
  const [, ipv6, name = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  return (ipv6 ?? name).toLowerCase();
}
