import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Why the server closed a connection. */
export type CutReason = 'connections' | 'pipelining';

export interface ConnectionsOptions {
  readonly maxConnections: number;
  readonly onCut?: (reason: CutReason) => void;
  /** Milliseconds after connecting or a response in which a request may arrive; 250 by default. */
  readonly settleMs?: number;
}

/** Limits connections and pending requests across one or more servers. */
export interface Connections {
  /** Applies the limit to the connections of a server. */
  watch(server: Server): void;
  /** Passes on the requests of a connection one after the other. */
  inTurn(handler: RequestListener): RequestListener;
  /** The response a connection is waiting for; null if idle. */
  current(socket: object): ServerResponse | null;
  /**
   * Closes connections once they have been idle briefly, so that a request being sent is still
   * answered, and the others after their responses. Resolves when none is idle. For servers that
   * accept no new connections.
   */
  settle(): Promise<void>;
}

const SETTLE_MS = 250;

/** Maximum queued requests per connection. */
export const MAX_WAITING = 16;

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];

interface Connection {
  current: ServerResponse | null;
  readonly waiting: Exchange[];
}

/**
 * At the connection limit, a new connection replaces the longest idle one, so that nobody can lock
 * out others, such as probes, by holding connections open. Pipelined requests (RFC 9112, section
 * 9.3.2) wait for the responses before them; a client that sends too many is disconnected, since
 * Node would buffer them all.
 */
export function createConnections({
  maxConnections,
  onCut = () => undefined,
  settleMs = SETTLE_MS,
}: ConnectionsOptions): Connections {
  const open = new Map<object, Connection>();
  /** Idle connections and since when, longest first. */
  const idle = new Map<Socket, number>();
  let onNoneIdle: (() => void) | undefined;
  let isSettling = false;

  function accept(socket: Socket): void {
    if (open.size >= maxConnections) {
      const [longest] = idle.keys();
      onCut('connections');
      (longest ?? socket).destroy();
      if (longest === undefined) return;
      remove(longest);
    }
    open.set(socket, { current: null, waiting: [] });
    idle.set(socket, performance.now());
    socket.once('close', () => {
      remove(socket);
    });
  }

  function remove(socket: Socket): void {
    open.delete(socket);
    leaveIdle(socket);
  }

  function leaveIdle(socket: Socket): void {
    idle.delete(socket);
    if (idle.size === 0) onNoneIdle?.();
  }

  /** Closes connections idle long enough; returns milliseconds until the next one, if any. */
  function endIdle(): number | null {
    const now = performance.now();
    for (const [socket, since] of idle) {
      if (open.get(socket)?.current) continue;
      const leftMs = since + settleMs - now;
      if (leftMs > 0) return leftMs;
      remove(socket);
      socket.destroySoon();
    }
    return null;
  }

  return {
    async settle() {
      isSettling = true;
      for (;;) {
        // First read what arrived while the process was busy.
        await nextTurn();
        const waitMs = endIdle();
        if (waitMs === null) return;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, waitMs);
          onNoneIdle = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    watch: (server) => void server.on('connection', accept),
    current: (socket) => open.get(socket)?.current ?? null,
    inTurn: (handler) => {
      function begin(connection: Connection, [request, response]: Exchange): void {
        const { socket } = request;
        connection.current = response;
        // Until its body is whole, its connection counts as idle: slow senders give way to others.
        if (!hasBody(request)) leaveIdle(socket);
        else
          request.once('end', () => {
            leaveIdle(socket);
          });
        response.once('close', () => {
          connection.current = null;
          const next = connection.waiting.shift();
          // Closed or replaced in the meantime.
          if (!open.has(socket)) return;
          if (next !== undefined) begin(connection, next);
          else if (isSettling) socket.destroySoon();
          else {
            // Again at the end: idle for a shorter time than the others.
            idle.delete(socket);
            idle.set(socket, performance.now());
          }
        });
        handler(request, response);
      }

      return (request, response) => {
        const { socket } = request;
        const connection = open.get(socket);
        // Further requests of a rejected batch or of a replaced connection.
        if (connection === undefined || socket.destroyed) return;
        if (connection.current === null) {
          begin(connection, [request, response]);
        } else if (connection.waiting.length < MAX_WAITING) {
          connection.waiting.push([request, response]);
        } else {
          onCut('pipelining');
          stopParsing(socket);
          socket.destroy();
        }
      };
    },
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Internals of Node's parser: the callback for each request head and whether to continue after it.
 */
interface ParserOfNode {
  readonly parser?: { onIncoming?: () => number } | null;
}

/** Makes Node's parser stop expecting HTTP, as after an upgrade. */
const NO_MORE_HTTP = 2;

/**
 * Makes Node discard buffered input. Otherwise it creates requests from it, hundreds per read, and
 * destroys each with its own error: a flood would take ten times as long.
 */
function stopParsing(socket: Socket): void {
  const { parser } = socket as ParserOfNode;
  if (parser?.onIncoming) parser.onIncoming = () => NO_MORE_HTTP;
}
