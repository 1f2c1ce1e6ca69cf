import { createServer } from 'node:http';
import { connect } from 'node:net';
import { listening } from './closing.js';

/** A CONNECT proxy that records its tunnels. */
export interface TunnelProxy {
  /** For example `127.0.0.1:41234`. */
  readonly host: string;
  /** Requested tunnel targets with their credentials. */
  readonly tunnels: readonly {
    readonly target: string | undefined;
    readonly credentials: string | undefined;
  }[];
}

/** @param resolve finds the host to connect to by the name asked for */
export async function startTunnelProxy(
  resolve = (name: string): string => name,
): Promise<TunnelProxy> {
  const tunnels: { target: string | undefined; credentials: string | undefined }[] = [];
  const proxy = createServer().on('connect', (request, client) => {
    tunnels.push({ target: request.url, credentials: request.headers['proxy-authorization'] });
    const [host = '', port] = (request.url ?? '').split(':');
    const server = connect(Number(port), resolve(host), () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(server).pipe(client);
    });
    for (const side of [client, server]) {
      side.on('error', () => {
        client.destroy();
        server.destroy();
      });
    }
  });
  const { port } = await listening(proxy);
  return { host: `127.0.0.1:${port}`, tunnels };
}
