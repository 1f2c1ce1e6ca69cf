import { connect, createServer } from 'node:net';
import { listening } from './closing.js';

/**
 * An unreliable connection: relays bytes to a local port and cuts each connection after some of
 * them.
 */
export interface CuttingRelay {
  readonly port: number;
  /** Connections cut so far. */
  cuts(): number;
}

/** @param bytes bytes of the response before the cut */
export async function startCuttingRelay(target: number, bytes: number): Promise<CuttingRelay> {
  let cuts = 0;
  const relay = createServer((client) => {
    const server = connect(target, '127.0.0.1');
    let left = bytes;
    for (const side of [client, server]) {
      side.on('error', () => undefined);
      side.on('close', () => {
        client.destroy();
        server.destroy();
      });
    }
    client.pipe(server);
    server.on('data', (chunk: Buffer) => {
      if (left <= 0) return;
      const passing = chunk.subarray(0, left);
      left -= passing.length;
      if (left > 0) {
        client.write(passing);
        return;
      }
      cuts += 1;
      client.write(passing, () => client.resetAndDestroy());
    });
    server.on('end', () => client.end());
  });
  const { port } = await listening(relay);
  return { port, cuts: () => cuts };
}
