import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Connections, createConnections } from '../../http/connections/connections.js';
import { type ConnectionTimes, toServerTimes } from '../../http/connections/server-times.js';
import { hasCode } from '../../domain/error-code.js';
import { ApiError, invalidArgument } from './api-error.js';
import { errorBody } from './respond.js';

export interface ListenOptions extends ConnectionTimes {
  readonly host: string;
  /** 0 selects a free port. */
  readonly port: number;
  readonly maxConnections: number;
  /** Milliseconds without progress before a client that does not read is disconnected. */
  readonly stallMs: number;
  readonly onStalled: () => void;
}

/** A listening server. */
export interface Listener {
  readonly port: number;
  /** Sets the handler; without one, requests wait. */
  serve(handler: RequestListener): void;
  /**
   * Stops accepting connections and closes idle ones; responses in progress have `graceMs`
   * milliseconds to finish and are then aborted.
   */
  close(graceMs: number): Promise<void>;
}

/** Attempts to find a port that is free on both loopback addresses. */
const PORT_ATTEMPTS = 5;

/**
 * Listens on `host`; 127.0.0.1 and localhost include ::1 if available, because `localhost` can
 * resolve to either.
 * @throws Error naming EMBEDDED_PORT if the port is in use
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host, port } = options;
  const isLoopback = host === '127.0.0.1' || host === 'localhost';
  const { maxConnections, stallMs, onStalled } = options;
  const connections = createConnections({
    maxConnections,
    stallMs,
    settleMs: 0,
    onCut: (reason) => {
      if (reason === 'stalled') onStalled();
    },
  });
  const listenOn = (address: string, at: number) => startServer(address, at, options, connections);
  for (let attempt = 1; ; attempt += 1) {
    const first = await listenOn(isLoopback ? '127.0.0.1' : host, port);
    if (!isLoopback) return toListener([first], connections);
    try {
      return toListener([first, await listenOn('::1', portOf(first))], connections);
    } catch (error) {
      if (hasCode(error, 'EADDRNOTAVAIL', 'EAFNOSUPPORT')) return toListener([first], connections);
      await new Promise((resolve) => first.close(resolve));
      if (port !== 0 || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function startServer(
  host: string,
  port: number,
  times: ConnectionTimes,
  connections: Connections,
): Promise<Server> {
  const server = createServer(toServerTimes(times));
  // Headers are bounded by their bytes. With a count limit, Node would drop the last ones, which
  // proxies add.
  server.maxHeadersCount = 0;
  server.on('clientError', refuseMalformed);
  connections.watch(server);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (cause) {
    if (!hasCode(cause, 'EADDRINUSE', 'EACCES')) throw cause;
    throw new Error(
      `The embedded upstream cannot listen on ${host}, port ${port}: the port is in use or not permitted. ` +
        'Set EMBEDDED_PORT to a free port, or to 0 for any.',
      { cause },
    );
  }
  return server;
}

/** Malformed and slow requests also get the API's error format. */
function refuseMalformed(error: Error, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy(error);
    return;
  }
  const [line, refusal] = hasCode(error, 'ERR_HTTP_REQUEST_TIMEOUT')
    ? (['408 Request Timeout', TOO_SLOW] as const)
    : (['400 Bad Request', invalidArgument('The request is not valid HTTP.')] as const);
  const body = JSON.stringify(errorBody(refusal));
  socket.end(
    `HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Date: ${new Date().toUTCString()}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

const TOO_SLOW = new ApiError(408, 'DEADLINE_EXCEEDED', 'The request did not arrive in time.');

function toListener(servers: readonly [Server, ...Server[]], connections: Connections): Listener {
  let isClosing = false;
  return {
    port: portOf(servers[0]),
    serve(handler) {
      const listener = connections.inTurn((request, response) => {
        // A response started during shutdown is the last of its connection.
        if (isClosing) response.shouldKeepAlive = false;
        handler(request, response);
      });
      for (const server of servers) server.on('request', listener);
    },
    async close(graceMs) {
      isClosing = true;
      const closed = Promise.all(
        servers.map((server) => new Promise((resolve) => server.close(resolve))),
      );
      const cutOff = setTimeout(() => {
        for (const server of servers) server.closeAllConnections();
      }, graceMs);
      await connections.settle();
      await closed.finally(() => {
        clearTimeout(cutOff);
      });
    },
  };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
