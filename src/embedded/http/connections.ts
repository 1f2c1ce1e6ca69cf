import type { Socket } from 'node:net';

/** The connections of a port and their pending requests. */
export interface Connections {
  /**
   * Adds a connection; at the limit, the longest idle one is closed, or else the new one is
   * rejected.
   */
  add(socket: Socket): void;
  /** A request has arrived. */
  begin(socket: Socket): void;
  /** Its answer has ended. */
  end(socket: Socket): void;
  /** Closes idle connections now and all others after their responses. */
  close(): void;
}

export function createConnections(maxConnections: number): Connections {
  // In order of last use.
  const underWay = new Map<Socket, number>();
  let isClosing = false;

  /** Idle or silent, including one with an incomplete request. */
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
