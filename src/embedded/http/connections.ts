import type { Socket } from 'node:net';

/** The connections of a port, and how many requests each has under way. */
export interface Connections {
  /** Takes a new connection; where there are too many, the longest idle one makes room, else it is refused. */
  add(socket: Socket): void;
  /** A request has arrived. */
  begin(socket: Socket): void;
  /** Its answer has ended. */
  end(socket: Socket): void;
  /** From now on no connection outlives its answers; those without a request are closed at once. */
  close(): void;
}

export function createConnections(maxConnections: number): Connections {
  // In the order in which they were last used.
  const underWay = new Map<Socket, number>();
  let isClosing = false;

  /** Idle, or silent: also one whose request has not arrived whole. */
  function longestIdle(): Socket | undefined {
    for (const [socket, count] of underWay) if (count === 0) return socket;
    return undefined;
  }

  return {
    add(socket) {
      if (underWay.size >= maxConnections) {
        const idle = longestIdle();
        (idle ?? socket).destroy();
        if (idle === undefined) return;
        underWay.delete(idle);
      }
      underWay.set(socket, 0);
      socket.once('close', () => underWay.delete(socket));
      if (isClosing) socket.destroy();
    },
    begin(socket) {
      const count = underWay.get(socket);
      if (count !== undefined) underWay.set(socket, count + 1);
    },
    end(socket) {
      const count = underWay.get(socket);
      if (count === undefined) return;
      underWay.delete(socket);
      underWay.set(socket, count - 1);
      if (isClosing && count === 1) socket.destroySoon();
    },
    close() {
      isClosing = true;
      for (const [socket, count] of underWay) if (count === 0) socket.destroy();
    },
  };
}
