import type { IncomingMessage } from 'node:http';

/**
 * The target of a request as a path. Servers must accept targets in absolute form, which clients
 * send to a proxy; their authority replaces the Host header (RFC 9112, section 3.2.2).
 */
export function toOriginForm(request: IncomingMessage): string {
  const target = request.url ?? '';
  const [, authority, path] = /^https?:\/\/([^/?#]*)((?:[/?#].*)?)$/i.exec(target) ?? [];
  if (authority === undefined || path === undefined) return target;
  request.headers.host = authority;
  // Meant for the proxy that the client takes this server for.
  delete request.headers['proxy-connection'];
  return path.startsWith('/') ? path : `/${path}`;
}
