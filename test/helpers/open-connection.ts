import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { closing } from './closing.js';

/** A connection with manual writes and reads, destroyed when the test is over. */
export interface OpenConnection {
  readonly socket: Socket;
  write(text: string): void;
  /** The text received so far. */
  received(): string;
  /** Resolves when `text` was received; rejects if the peer closes first. */
  has(text: string): Promise<void>;
  /** Resolves with the received text when the peer closes. */
  readonly closed: Promise<string>;
}

export async function openConnection(origin: string): Promise<OpenConnection> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname.replace(/[[\]]/g, ''));
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
  // A reset also counts as closing.
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) =>
    socket.once('close', () => {
      resolve(received);
    }),
  );
  socket.on('end', () => socket.end());
  closing(async () => {
    socket.destroy();
    await closed;
  });
  await once(socket, 'connect');
  return {
    socket,
    write: (text) => void socket.write(text, 'latin1'),
    received: () => received,
    closed,
    async has(text) {
      while (!received.includes(text)) {
        const more = once(socket, 'data').then(() => true);
        const ended = closed.then(() => false);
        if (!(await Promise.race([more, ended])) && !received.includes(text)) {
          throw new Error(`closed after ${received}`);
        }
      }
    },
  };
}
