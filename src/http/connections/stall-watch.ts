import type { Socket } from 'node:net';
import { type HeldBytes, readSocketQueues, type ReadSocketQueues } from './socket-queues.js';

/** Cuts off clients that take nothing of an answer they are being sent. */
export interface StallWatch {
  /** Watches a connection until it closes; one that is watched already stays as it is. */
  add(socket: Socket): void;
  /** Bytes written to a connection that was cut off here which never reached its client; 0 for any other. */
  untaken(socket: Socket): number;
}

export interface StallWatchOptions {
  /** Milliseconds without a byte taken after which a client is cut off; up to a quarter more. */
  readonly stallMs: number;
  readonly onCut?: (socket: Socket) => void;
  readonly readQueues?: ReadSocketQueues;
}

/** How far a connection had come at the last looks, while something waits to go out. */
interface Progress {
  /** Bytes the kernel had accepted. */
  readonly accepted: number;
  /** Bytes of these that had not been taken; null before the kernel was asked. */
  held: number | null;
  /** Looks since then that found nothing moved. */
  still: number;
}

/** A client is cut off when this many looks in a row find nothing moved. */
const LOOKS = 4;

/**
 * Watches connections by looking at them regularly. Node's own time-out of a socket counts what the
 * kernel accepts only: with megabytes in the buffers of both sides, a slow reader shows no movement there
 * for minutes. Where nothing has moved, the kernel is therefore asked what it holds. Looks are counted, not
 * time: a process that was suspended must not take its own sleep for that of its clients.
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

  /** Connections of which the kernel accepted nothing since the last look, though something waits. */
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
    // It may have moved, or closed, while the kernel was asked.
    if (progress?.accepted !== acceptedBytes(socket)) return;
    const held = unacknowledged + unread;
    const hasMoved = progress.held !== null && progress.held !== held;
    progress.still = hasMoved ? 0 : progress.still + 1;
    progress.held = held;
    if (progress.still < LOOKS) return;
    cutOff.set(socket, socket.bytesWritten - progress.accepted + unacknowledged);
    onCut?.(socket);
    // A reset frees what the kernel holds; by itself it would wait until that is taken.
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

/** Node has no public name for what the kernel has left of a chunk; its own time-outs look here too. */
interface HandleOfNode {
  readonly _handle?: { readonly bytesWritten: number; readonly writeQueueSize: number } | null;
}

function acceptedBytes(socket: Socket): number {
  const handle = (socket as HandleOfNode)._handle;
  return handle
    ? handle.bytesWritten - handle.writeQueueSize
    : socket.bytesWritten - socket.writableLength;
}
