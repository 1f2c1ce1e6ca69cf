import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Why the server closed a connection. */
export type CutReason = 'connections' | 'pipelining' | 'stalled';

export interface ConnectionLimits {
  readonly maxConnections: number;
  /** Milliseconds without progress before a client that does not read is disconnected. */
  readonly stallMs: number;
}

/** Limits connections and queued requests across the servers of a port. */
export interface Connections {
  /** Applies the limits to a server. */
  watch(server: Server): void;
  /** Passes on the requests of a connection one after the other. */
  inTurn(handler: RequestListener): RequestListener;
  /** Whether something written now would be taken for the response to an earlier request. */
  readonly isResponding: (socket: object) => boolean;
  /** Closes idle connections, and the others after their responses. */
  close(): void;
}

/** Maximum queued requests per connection. */
export const MAX_WAITING = 16;

interface Connection {
  /** Requests without a complete response. */
  pending: number;
  last: ServerResponse | null;
}

/**
 * At the connection limit, a new connection replaces the longest idle one, so that nobody can lock
 * out others, such as probes, by holding connections open. Pipelined requests (RFC 9112, section
 * 9.3.2) wait for the responses before them; a client that sends too many is disconnected.
 */
export function createConnections(
  { maxConnections, stallMs }: ConnectionLimits,
  onCut: (reason: CutReason) => void,
): Connections {
  const open = new Map<object, Connection>();
  /** Connections without a whole request, the longest idle first. */
  const idle = new Set<Socket>();
  let isClosing = false;

  function remove(socket: Socket): void {
    open.delete(socket);
    idle.delete(socket);
  }

  function accept(socket: Socket): void {
    if (open.size >= maxConnections) {
      const [longest] = idle;
      onCut('connections');
      (longest ?? socket).destroy();
      if (longest === undefined) return;
      remove(longest);
    }
    open.set(socket, { pending: 0, last: null });
    idle.add(socket);
    socket.once('close', () => {
      remove(socket);
    });
  }

  function rest(socket: Socket): void {
    if (!open.has(socket)) return;
    if (isClosing) socket.destroySoon();
    // Last in order, also if its body never ended.
    idle.delete(socket);
    idle.add(socket);
  }

  function cutOffIfStalled(socket: Socket): void {
    // Otherwise it waits for a response: time passes without a byte written.
    if (socket.writableLength === 0) return;
    onCut('stalled');
    // A reset frees the kernel's buffers; a normal close would wait for them to drain.
    socket.resetAndDestroy();
  }

  return {
    watch: (server) => void server.on('connection', accept),

    inTurn: (handler) => (request, response) => {
      const { socket } = request;
      const connection = open.get(socket);
      // Further requests of a rejected batch or of a replaced connection.
      if (connection === undefined || socket.destroyed) return;
      if (connection.pending > MAX_WAITING) {
        onCut('pipelining');
        stopParsing(socket);
        socket.destroy();
        return;
      }
      const before = connection.last;
      connection.last = response;
      connection.pending += 1;
      response.once('close', () => {
        connection.pending -= 1;
        if (connection.pending === 0) rest(socket);
      });
      const begin = (): void => {
        if (socket.destroyed) return;
        response.setTimeout(stallMs, () => {
          cutOffIfStalled(socket);
        });
        // Until its body is whole, its connection counts as idle: slow senders give way to others.
        if (!hasBody(request)) idle.delete(socket);
        else request.once('end', () => response.closed || idle.delete(socket));
        handler(request, response);
      };
      if (before === null || before.closed) begin();
      else before.once('close', begin);
    },

    isResponding(socket) {
      const { pending = 0, last = null } = open.get(socket) ?? {};
      if (pending !== 1 || last === null) return pending > 1;
      return last.req.complete || last.headersSent;
    },

    close() {
      isClosing = true;
      for (const socket of idle) if (open.get(socket)?.pending === 0) socket.destroySoon();
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
 * of which live until the connection is closed. With 200 such connections and a heap of 256 MB,
 * Node 24 runs out of memory and Node 20 answers a probe after 9 s instead of 0.5 s; neither
 * `destroy` nor `maxRequestsPerSocket` changes that, and Node has no other public way.
 */
function stopParsing(socket: Socket): void {
  const { parser } = socket as ParserOfNode;
  if (parser?.onIncoming) parser.onIncoming = () => NO_MORE_HTTP;
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}
