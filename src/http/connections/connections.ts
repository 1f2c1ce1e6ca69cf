import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Why the server closed a connection. */
export type CutReason = 'connections' | 'pipelining' | 'stalled';

export interface ConnectionsOptions {
  readonly maxConnections: number;
  /** Milliseconds without progress before a client that does not read is disconnected. */
  readonly stallMs: number;
  readonly onCut: (reason: CutReason) => void;
  /** Milliseconds in which a request on its way may still arrive while stopping. */
  readonly settleMs: number;
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
   * Closes idle connections, and the others after their responses. For servers that accept no new
   * connections.
   */
  settle(): Promise<void>;
}

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
 * 9.3.2) wait for the responses before them; a client that sends too many is disconnected.
 */
export function createConnections(options: ConnectionsOptions): Connections {
  const { maxConnections, stallMs, onCut, settleMs } = options;
  const open = new Map<object, Connection>();
  /** Connections without a whole request, the longest idle first. */
  const idle = new Set<Socket>();
  let isSettling = false;

  function accept(socket: Socket): void {
    if (open.size >= maxConnections) {
      const [longest] = idle;
      onCut('connections');
      (longest ?? socket).destroy();
      if (longest === undefined) return;
      remove(longest);
    }
    open.set(socket, { current: null, waiting: [] });
    idle.add(socket);
    socket.once('close', () => {
      remove(socket);
    });
  }

  function remove(socket: Socket): void {
    open.delete(socket);
    idle.delete(socket);
  }

  /** Node's timeout passes without it only if the system takes no bytes of the response. */
  function cutOffIfStalled(socket: Socket): void {
    if (socket.writableLength === 0) return;
    onCut('stalled');
    // A reset frees the kernel's buffers; a normal close would wait for them to drain.
    socket.resetAndDestroy();
  }

  function begin(connection: Connection, [request, response]: Exchange, pass: RequestListener) {
    const { socket } = request;
    connection.current = response;
    response.setTimeout(stallMs, () => {
      cutOffIfStalled(socket);
    });
    // Until its body is whole, its connection counts as idle: slow senders give way to others.
    if (!hasBody(request)) idle.delete(socket);
    else
      request.once('end', () => {
        if (connection.current === response) idle.delete(socket);
      });
    response.once('close', () => {
      connection.current = null;
      // Closed or replaced in the meantime.
      if (!open.has(socket)) return;
      const next = connection.waiting.shift();
      if (next !== undefined) begin(connection, next, pass);
      else if (isSettling) socket.destroySoon();
      else {
        // Again at the end, where its body never came.
        idle.delete(socket);
        idle.add(socket);
      }
    });
    pass(request, response);
  }

  const current = (socket: object): ServerResponse | null => open.get(socket)?.current ?? null;

  return {
    current,
    watch: (server) => void server.on('connection', accept),
    inTurn: (handler) => (request, response) => {
      const { socket } = request;
      const connection = open.get(socket);
      // Further requests of a rejected batch or of a replaced connection.
      if (connection === undefined || socket.destroyed) return;
      if (connection.current === null) begin(connection, [request, response], handler);
      else if (connection.waiting.length < MAX_WAITING) {
        connection.waiting.push([request, response]);
      } else {
        onCut('pipelining');
        stopParsing(socket);
        socket.destroy();
      }
    },
    async settle() {
      isSettling = true;
      if (idle.size > 0) await pause(settleMs);
      for (const socket of idle) if (current(socket) === null) socket.destroySoon();
    },
  };
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
 * Makes Node discard what it has read. Otherwise it creates up to 1,500 requests from one read, all
 * of which live until the connection is closed: 200 such connections end a heap of 256 MB. Node has
 * no public way; without this one, a flood costs more but is still cut off.
 */
function stopParsing(socket: Socket): void {
  const { parser } = socket as ParserOfNode;
  if (parser?.onIncoming) parser.onIncoming = () => NO_MORE_HTTP;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
