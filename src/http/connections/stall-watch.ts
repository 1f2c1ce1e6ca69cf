import type { Socket } from 'node:net';
import { type HeldBytes, readSocketQueues, type ReadSocketQueues } from './socket-queues.js';

/** Disconnects clients that stop reading a response. */
export interface StallWatch {
  /** Watches a connection until it closes. Idempotent. */
  add(socket: Socket): void;
  /** Bytes written to a connection closed here that never reached its client; otherwise 0. */
  untaken(socket: Socket): number;
}

export interface StallWatchOptions {
  /** Milliseconds without progress before a client is disconnected, plus up to a quarter. */
  readonly stallMs: number;
  readonly onCut?: (socket: Socket) => void;
  readonly readQueues?: ReadSocketQueues;
}

/** Progress of a connection with pending output at the last checks. */
interface Progress {
  /** Bytes accepted by the kernel. */
  readonly accepted: number;
  /** Bytes of these not received; null before the kernel was queried. */
  held: number | null;
  /** Consecutive checks without progress. */
  still: number;
}

/** Consecutive checks without progress before a client is disconnected. */
const LOOKS = 4;

/**
 * Checks connections regularly. Node's socket timeout only sees what the kernel accepts: with
 * megabytes buffered on both sides, a slow reader shows no progress there for minutes. Without
 * progress, the kernel's queues are therefore read. Checks are counted rather than time, so that a
 * suspended process does not blame its clients.
 */
export function createStallWatch(options: StallWatchOptions): StallWatch {
  const { stallMs, onCut, readQueues = readSocketQueues } = options;
  const connections = new Map<Socket, Progress | null>();
  const cutOff = new WeakMap<Socket, number>();
  let timer: NodeJS.Timeout | undefined;
  let isLooking = false;

  function start(): void {
    timer ??= setInterval(() => void look(), Math.max(1, stallMs / LOOKS)).unref();
  }

  function remove(socket: Socket): void {
    connections.delete(socket);
    if (connections.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      const unmoved = findUnmoved();
      if (unmoved.length === 0) return;
      const queues = await readQueues();
      for (const socket of unmoved) judge(socket, queues.of(socket));
    } finally {
      isLooking = false;
    }
  }

  /** Connections with pending output of which the kernel accepted nothing since the last check. */
  function findUnmoved(): Socket[] {
    const unmoved: Socket[] = [];
    for (const [socket, progress] of connections) {
      if (socket.writableLength === 0) connections.set(socket, null);
      else if (progress?.accepted === acceptedBytes(socket)) unmoved.push(socket);
      else connections.set(socket, { accepted: acceptedBytes(socket), held: null, still: 0 });
    }
    return unmoved;
  }

  function judge(socket: Socket, { unacknowledged, unread }: HeldBytes): void {
    const progress = connections.get(socket);
    // It can have progressed or closed while the queues were read.
    if (progress?.accepted !== acceptedBytes(socket)) return;
    const held = unacknowledged + unread;
    const hasMoved = progress.held !== null && progress.held !== held;
    progress.still = hasMoved ? 0 : progress.still + 1;
    progress.held = held;
    if (progress.still < LOOKS) return;
    cutOff.set(socket, socket.bytesWritten - progress.accepted + unacknowledged);
    onCut?.(socket);
    // A reset frees the kernel's buffers; a normal close would wait for them to drain.
    socket.resetAndDestroy();
    socket.destroy();
  }

  return {
    add(socket) {
      if (connections.has(socket) || socket.destroyed) return;
      connections.set(socket, null);
      socket.once('close', () => {
        remove(socket);
      });
      start();
    },
    untaken: (socket) => cutOff.get(socket) ?? 0,
  };
}

/** Node internals: the unwritten rest of a chunk, as used by Node's own timeouts. */
interface HandleOfNode {
  readonly _handle?: { readonly bytesWritten: number; readonly writeQueueSize: number } | null;
}

function acceptedBytes(socket: Socket): number {
  const handle = (socket as HandleOfNode)._handle;
  return handle
    ? handle.bytesWritten - handle.writeQueueSize
    : socket.bytesWritten - socket.writableLength;
}
