import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A currently free port, for servers that do not report the port they chose. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
