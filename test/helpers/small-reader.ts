import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client that reads on demand, a few bytes at a time. */
export interface SmallReader {
  readonly socket: Socket;
  /** Bytes read so far. */
  bytes(): number;
  /** Reads one piece, waiting for it if necessary; false once the connection has ended. */
  read(): Promise<boolean>;
}

/** Sends `text`, then reads pieces of at most `size` bytes. */
export async function connectSmallReader(
  port: number,
  text: string,
  { size = 16, host = '127.0.0.1' } = {},
): Promise<SmallReader> {
  let bytes = 0;
  let taken: (() => void) | undefined;
  const socket = connect({
    port,
    host,
    onread: {
      buffer: Buffer.alloc(size),
      callback: (length) => {
        bytes += length;
        taken?.();
        // No more until requested.
        return false;
      },
    },
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  socket.write(text);
  return {
    socket,
    bytes: () => bytes,
    read: () =>
      new Promise((resolve) => {
        if (socket.closed) {
          resolve(false);
          return;
        }
        const ended = () => {
          resolve(false);
        };
        socket.once('close', ended);
        taken = () => {
          taken = undefined;
          socket.off('close', ended);
          resolve(true);
        };
        socket.resume();
      }),
  };
}
