import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import type { HttpConfig } from '../../config/config.js';
import { hasCode } from '../../domain/error-code.js';
import { answerClientErrors, type ClientErrorOptions, type ClientFault } from './client-errors.js';
import { createConnections, type CutReason } from './connections.js';

export type ServerLimits = Pick<
  HttpConfig,
  'keepAliveMs' | 'maxConnections' | 'maxHeaderBytes' | 'requestTimeoutMs' | 'stallMs'
>;

export interface ServerOptions {
  readonly limits: ServerLimits;
  readonly toErrorBody: ClientErrorOptions['toBody'];
  /** Called when a connection is closed, or a request rejected before it is complete. */
  readonly onRefused: (reason: CutReason | ClientFault) => void;
  /** Of the port alone. */
  readonly fastify: FastifyServerOptions;
}

/** A server of one port. */
export interface PortServer {
  readonly http: FastifyInstance;
  /**
   * Listens on `host` and, if they are there, on further addresses at the same port.
   * @param port 0 selects a free one
   * @returns the origin, for example `http://127.0.0.1:4000`, and the port
   */
  listen(host: string, port: number, others: readonly string[]): Promise<Address>;
  /** Resolves when connections on their way are accepted, and requests on them read. */
  acceptPending(): Promise<void>;
  /**
   * Stops accepting connections and closes idle ones; requests in progress have `graceMs`
   * milliseconds to finish and are then cut off.
   */
  close(graceMs: number): Promise<void>;
}

interface Address {
  readonly origin: string;
  readonly port: number;
}

/** Of the event loop, while new connections keep arriving. */
const MAX_TURNS = 1000;
/** The share of the time for a request that its headers may take. */
const HEAD_SHARE = 0.5;

/** Creates a Fastify server without routes, with the limits and error format of its port. */
export function createPortServer(options: ServerOptions): PortServer {
  const { limits, onRefused } = options;
  const connections = createConnections(limits, onRefused);
  const servers: Server[] = [];
  let accepted = 0;
  let listener: RequestListener;

  function create(): Server {
    const server = createServer(toNodeOptions(limits), listener);
    servers.push(server);
    // Headers are bounded by their bytes. With a count limit, Node would silently drop the last
    // ones, which proxies add.
    server.maxHeadersCount = 0;
    // Node would respond with 417 without a body.
    server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      listener(request, response);
    });
    server.on('connection', () => {
      accepted += 1;
    });
    connections.watch(server);
    answerClientErrors(server, {
      maxHeaderBytes: limits.maxHeaderBytes,
      toBody: options.toErrorBody,
      isResponding: connections.isResponding,
      onRefused,
    });
    return server;
  }

  const http = Fastify({
    ...options.fastify,
    serverFactory(handler) {
      listener = connections.inTurn(handler);
      return create();
    },
    // Answered by each server, also by those beside the main one.
    clientErrorHandler: () => undefined,
    rewriteUrl: toOriginForm,
    // Requests that waited for the response before them are answered.
    return503OnClosing: false,
    schemaController: WITHOUT_SCHEMAS,
  });

  return {
    http,
    async listen(host, port, others) {
      const origin = await http.listen({ host, port });
      const { address, port: actual } = http.server.address() as AddressInfo;
      for (const other of others.filter((one) => one !== address)) {
        await listenOn(create(), other, actual).catch((error: unknown) => {
          const isAbsent = hasCode(error, 'EADDRNOTAVAIL', 'EAFNOSUPPORT');
          if (!isAbsent && port !== 0) throw error;
        });
      }
      return { origin, port: actual };
    },
    async acceptPending() {
      // The kernel resets what waits when a server closes, and libuv accepts one a turn.
      for (let turns = 0, before = -1; before !== accepted && turns < MAX_TURNS; turns += 1) {
        before = accepted;
        await nextTurn();
        await nextTurn();
      }
    },
    async close(graceMs) {
      const cutOff = setTimeout(() => {
        for (const server of servers) server.closeAllConnections();
      }, graceMs);
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      connections.close();
      await Promise.all([http.close(), ...closed]).finally(() => {
        clearTimeout(cutOff);
      });
    },
  };
}

async function listenOn(server: Server, host: string, port: number): Promise<void> {
  await once(server.listen({ host, port }), 'listening');
}

/** No route has a schema; this keeps Fastify from loading its schema compilers at the start. */
const WITHOUT_SCHEMAS = {
  compilersFactory: { buildValidator: refuseSchemas, buildSerializer: refuseSchemas },
};

function refuseSchemas(): never {
  throw new Error('routes have no schemas');
}

/**
 * The target of a request as a path. Servers must accept targets in absolute form, which clients
 * send to a proxy; their authority replaces the Host header (RFC 9112, section 3.2.2).
 */
function toOriginForm(request: IncomingMessage): string {
  const target = request.url ?? '';
  const [, authority, path] = /^https?:\/\/([^/?#]*)((?:[/?#].*)?)$/i.exec(target) ?? [];
  if (authority === undefined || path === undefined) return target;
  request.headers.host = authority;
  // Meant for the proxy that the client takes this server for.
  delete request.headers['proxy-connection'];
  return path.startsWith('/') ? path : `/${path}`;
}

function toNodeOptions({ keepAliveMs, maxHeaderBytes, requestTimeoutMs }: ServerLimits) {
  return {
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: maxHeaderBytes,
    requestTimeout: requestTimeoutMs,
    // Counted from the first byte of a request, not from the previous one, so it can be shorter
    // than keep-alive.
    headersTimeout: Math.ceil(requestTimeoutMs * HEAD_SHARE),
    // Node's 30 s would allow a slow request twice its time.
    connectionsCheckingInterval: Math.min(1000, requestTimeoutMs),
    // Node would reject a request without Host without a body.
    requireHostHeader: false,
  };
}
