import { lookup } from 'node:dns/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HttpConfig } from '../config/config.js';
import { type Connections, createConnections, type CutReason } from './connections/connections.js';
import { toServerTimes } from './connections/server-times.js';
import { answerClientErrors, type ClientFault } from './refusals/client-errors.js';

/** What Node's server is given to do, under the limits of the settings. */
export interface NodeServers {
  /** Makes the server that Fastify listens with. */
  readonly create: (handler: RequestListener) => Server;
  /**
   * Listens at the other addresses of `localhost`, which is 127.0.0.1 or ::1 as a client likes. Fastify
   * does so for servers of its own alone. An address this machine lacks is left out.
   */
  readonly listenBeside: (main: Server) => Promise<void>;
  /**
   * Stops listening once every connection that was made is accepted, and ends those that send no request.
   * Connections that have sent one are answered.
   */
  readonly stopListening: () => Promise<void>;
}

export interface NodeServersOptions {
  readonly onRefused: (reason: CutReason | ClientFault) => void;
  readonly onConnection: () => void;
}

/** How long connections may keep coming while it stops listening, in milliseconds. */
const LAST_ACCEPT_MS = 1000;
const SHORT_TURN_MS = 0.1;

export function createNodeServers(
  config: HttpConfig,
  { onRefused, onConnection }: NodeServersOptions,
): NodeServers {
  const connections = createConnections({
    maxConnections: config.maxConnections,
    onCut: onRefused,
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
   * Waits for a short turn of the event loop in which nobody connects: what waits to be accepted when a
   * server closes is reset by the kernel, and libuv accepts one connection in a turn.
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
      // Closing them as HTTP servers would end connections whose request has not been read yet.
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
      // Node would refuse it without a body.
      requireHostHeader: false,
      ...toServerTimes(config),
    },
    listener,
  );
  // A head is bounded by its bytes. Node would drop what comes after so many headers without a word,
  // and with it what a proxy adds at the end.
  server.maxHeadersCount = 0;
  // Node would answer 417 by itself, without a body.
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
