import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { hasCode } from '../error-code.js';
import { invalidArgument } from './api-error.js';
import { errorBody } from './respond.js';

/** A server that listens. */
export interface Listener {
  readonly port: number;
  /** Who answers; nobody does before this is called. */
  serve(handler: RequestListener): void;
  /**
   * Takes no new connections and closes idle ones at once; answers that are on their way have
   * `graceMs` milliseconds to finish, then they are cut off.
   */
  close(graceMs: number): Promise<void>;
}

/** How often a free port is tried until it is free on both loopback addresses. */
const PORT_ATTEMPTS = 5;
/** How often a closing server looks for connections that have become idle, in milliseconds. */
const SWEEP_INTERVAL = 50;

/**
 * Listens on `host`; 127.0.0.1 and localhost mean ::1 as well where the machine has it, because
 * `localhost` may be either. Port 0 takes a free one.
 * @throws Error naming EMBEDDED_PORT where the port is taken
 */
export async function listen(host: string, port: number): Promise<Listener> {
  const isLoopback = host === '127.0.0.1' || host === 'localhost';
  for (let attempt = 1; ; attempt += 1) {
    const first = await listenOn(isLoopback ? '127.0.0.1' : host, port);
    if (!isLoopback) return toListener([first]);
    try {
      return toListener([first, await listenOn('::1', portOf(first))]);
    } catch (error) {
      if (hasCode(error, 'EADDRNOTAVAIL', 'EAFNOSUPPORT')) return toListener([first]);
      await closeServer(first, 0);
      if (port !== 0 || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function listenOn(host: string, port: number): Promise<Server> {
  const server = createServer();
  server.on('clientError', refuseMalformed);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (cause) {
    if (!hasCode(cause, 'EADDRINUSE', 'EACCES')) throw cause;
    throw new Error(
      `The embedded upstream cannot listen on ${host}, port ${port}: it is taken or not allowed. ` +
        'Set EMBEDDED_PORT to a free port, or to 0 for any.',
      { cause },
    );
  }
  return server;
}

/** A request that is not HTTP gets the error form of the API too. */
function refuseMalformed(error: Error, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy(error);
    return;
  }
  const body = JSON.stringify(errorBody(invalidArgument('The request is not valid HTTP.')));
  socket.end(
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n' +
      `Date: ${new Date().toUTCString()}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function toListener(servers: readonly [Server, ...Server[]]): Listener {
  return {
    port: portOf(servers[0]),
    serve(handler) {
      for (const server of servers) server.on('request', handler);
    },
    async close(graceMs) {
      await Promise.all(servers.map((server) => closeServer(server, graceMs)));
    },
  };
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  // An answer that begins from now on is the last of its connection.
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, SWEEP_INTERVAL);
  const cutOff = setTimeout(() => {
    server.closeAllConnections();
  }, graceMs);
  try {
    await new Promise((resolve) => server.close(resolve));
  } finally {
    clearInterval(sweep);
    clearTimeout(cutOff);
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
