import { lookup } from 'node:dns/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HttpConfig } from '../config/config.js';
import { type Connections, createConnections, type CutReason } from './connections/connections.js';
import { toServerTimes } from './connections/server-times.js';
import { answerClientErrors, type ClientFault } from './refusals/client-errors.js';

/** Node HTTP servers with the configured limits. */
export interface NodeServers {
  /** Creates the server for Fastify. */
  readonly create: (handler: RequestListener) => Server;
  /**
   * Also listens on the other address of `localhost`, 127.0.0.1 or ::1. Fastify does so only for
   * its own servers. Unavailable addresses are skipped.
   */
  readonly listenBeside: (main: Server) => Promise<void>;
  /**
   * Stops listening after accepting all pending connections, and closes those without a request.
   * Connections with a request are answered.
   */
  readonly stopListening: () => Promise<void>;
}

export interface NodeServersOptions {
  readonly onRefused: (reason: CutReason | ClientFault) => void;
  readonly onConnection: () => void;
}

/** Milliseconds in which a request on its way may still arrive while stopping. */
const SETTLE_MS = 250;
/** Milliseconds during which connections are still accepted while stopping. */
const LAST_ACCEPT_MS = 1000;
const SHORT_TURN_MS = 0.1;

export function createNodeServers(
  config: HttpConfig,
  { onRefused, onConnection }: NodeServersOptions,
): NodeServers {
  const { maxConnections, stallMs } = config;
  const connections = createConnections({
    maxConnections,
    stallMs,
    onCut: onRefused,
    settleMs: SETTLE_MS,
  });
  const servers: Server[] = [];
  let listener: RequestListener = () => undefined;
  let accepted = 0;

  function make(): Server {
    const server = createBoundServer(config, connections, listener);
    servers.push(server);
    server.on('connection', () => {
      accepted += 1;
      onConnection();
    });
    answerClientErrors(server, { maxHeaderBytes: config.maxHeaderBytes, connections, onRefused });
    return server;
  }

  /**
   * Waits for a short event loop turn without new connections: the kernel resets pending
   * connections when a server closes, and libuv accepts one per turn.
   */
  async function acceptWaiting(): Promise<void> {
    const end = performance.now() + LAST_ACCEPT_MS;
    for (let isQuiet = false; !isQuiet && performance.now() < end;) {
      const [before, began] = [accepted, performance.now()];
      await nextTurn();
      isQuiet = accepted === before && performance.now() - began < SHORT_TURN_MS;
    }
  }

  return {
    create(handler) {
      listener = connections.inTurn(handler);
      return make();
    },
    async listenBeside(main) {
      const { address, port } = main.address() as AddressInfo;
      const all = await lookup('localhost', { all: true });
      for (const other of all.filter((found) => found.address !== address)) {
        const server = make();
        if (!(await isListening(server, other.address, port))) continue;
        main.once('close', () => {
          server.close();
          server.closeIdleConnections();
        });
      }
    },
    async stopListening() {
      await acceptWaiting();
      // Closing them as HTTP servers would also close connections with unread requests.
      for (const server of servers) NetServer.prototype.close.call(server);
      await connections.settle();
    },
  };
}

function createBoundServer(
  config: HttpConfig,
  connections: Connections,
  listener: RequestListener,
): Server {
  const server = createServer(
    {
      maxHeaderSize: config.maxHeaderBytes,
      // Node would reject it without a body.
      requireHostHeader: false,
      ...toServerTimes(config),
    },
    listener,
  );
  // Headers are bounded by their bytes. With a count limit, Node would silently drop the last ones,
  // which proxies add.
  server.maxHeadersCount = 0;
  // Node would respond with 417 without a body.
  server.on('checkExpectation', (request: IncomingMessage, response) => {
    server.emit('request', request, response);
  });
  connections.watch(server);
  return server;
}

function isListening(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ host, port }, () => {
      resolve(true);
    });
  });
}
