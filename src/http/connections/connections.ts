import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Why a connection was closed from this side. */
export type CutReason = 'connections' | 'pipelining';

export interface ConnectionsOptions {
  readonly maxConnections: number;
  readonly onCut: (reason: CutReason) => void;
  /**
   * For so many milliseconds after a connection was made, or an answer given, a request may be on its way.
   */
  readonly settleMs?: number;
}

/** Bounds what clients can have open and under way at one or more servers. */
export interface Connections {
  /** Keeps the connections of a server within the bound. */
  watch(server: Server): void;
  /** Hands on the requests of one connection one after the other, as their answers go out. */
  inTurn(handler: RequestListener): RequestListener;
  /** The answer a connection is waiting for; null where it is idle. */
  current(socket: object): ServerResponse | null;
  /**
   * Ends connections as they have been idle for a moment: what a client is sending right now is still
   * answered. Resolves when none is idle any more. For servers that take no new connections.
   */
  settle(): Promise<void>;
}

const SETTLE_MS = 250;

/** Requests that may wait for the one before them on their connection. */
export const MAX_WAITING = 16;

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];

interface Connection {
  current: ServerResponse | null;
  readonly waiting: Exchange[];
}

/**
 * Where all connections are taken, a new one gets the place of the one that has been idle longest, so
 * that nobody keeps others out, a probe above all, by holding connections open. Requests sent before the
 * answer to an earlier one (pipelining, RFC 9112, section 9.3.2) wait for it; whoever sends more of them
 * than may wait is cut off, since Node goes on reading and would keep them all.
 */
export function createConnections({
  maxConnections,
  onCut,
  settleMs = SETTLE_MS,
}: ConnectionsOptions): Connections {
  const open = new Map<object, Connection>();
  /** Those without a request under way, and since when; the one that has been so longest first. */
  const idle = new Map<Socket, number>();
  let onNoneIdle: (() => void) | undefined;

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

  /** Ends those idle for long enough; returns in how many milliseconds the next one will be, if any. */
  function endIdle(): number | null {
    const now = performance.now();
    for (const [socket, since] of idle) {
      const leftMs = since + settleMs - now;
      if (leftMs > 0) return leftMs;
      remove(socket);
      socket.end();
    }
    return null;
  }

  return {
    async settle() {
      for (;;) {
        // What came while the process was busy is read first.
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
        leaveIdle(socket);
        response.once('close', () => {
          connection.current = null;
          const next = connection.waiting.shift();
          // It is closed, or its place was given away.
          if (!open.has(socket)) return;
          if (next === undefined) idle.set(socket, performance.now());
          else begin(connection, next);
        });
        handler(request, response);
      }

      return (request, response) => {
        const { socket } = request;
        const connection = open.get(socket);
        // What else came with the request that was too much, or is read of a connection given away.
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

/** Node has no public name for it: what its parser calls for each head, and whether it goes on after that. */
interface ParserOfNode {
  readonly parser?: { onIncoming?: () => number } | null;
}

/** What tells the parser of Node that the rest is not HTTP, as after an upgrade. */
const NO_MORE_HTTP = 2;

/**
 * Lets Node drop the rest of what it has read. Otherwise it makes requests of it all, hundreds in one
 * read, only to destroy each of them with an error of its own: a flood would take ten times as long.
 */
function stopParsing(socket: Socket): void {
  const { parser } = socket as ParserOfNode;
  if (parser?.onIncoming) parser.onIncoming = () => NO_MORE_HTTP;
}
