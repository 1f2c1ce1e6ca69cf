import { createServer, type Socket } from 'node:net';
import { listening } from './closing.js';

/** The raw reply to a command (RESP2). */
export type RedisScript = (name: string, args: readonly string[]) => string;

/** A server with as much of the Redis protocol as a client needs to connect, and then a script. */
export interface ScriptedRedis {
  readonly url: string;
  /** Names of the commands received so far, in lower case. */
  commands(): readonly string[];
  /** Connections accepted so far. */
  connections(): number;
  /** Closes all connections. */
  disconnect(): void;
  /** Replaces the script. */
  answer(script: RedisScript): void;
  close(): Promise<void>;
}

/** Replies like an empty Redis that stores nothing and grants every call of the budget. */
export const healthy: RedisScript = (name, args) => {
  if (name === 'info') return bulk('redis_version:7.0.0\r\nloading:0\r\n');
  if (name === 'mget') return `*${args.length}\r\n${'$-1\r\n'.repeat(args.length)}`;
  if (name === 'eval' || name === 'evalsha') return '*2\r\n:0\r\n:0\r\n';
  return '+OK\r\n';
};

/** Rejects some commands with an error, and handles the others normally. */
export const refusing =
  (line: string, ...names: string[]): RedisScript =>
  (name, args) =>
    names.includes(name) ? `-${line}\r\n` : healthy(name, args);

export async function startScriptedRedis(script: RedisScript = healthy): Promise<ScriptedRedis> {
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  let answer = script;
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket.setNoDelay());
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (let read = readCommand(text); read !== null; read = readCommand(text)) {
        text = text.slice(read.length);
        const [name = '', ...args] = read.words;
        commands.push(name.toLowerCase());
        socket.write(answer(name.toLowerCase(), args));
      }
    });
  });
  const { port, close } = await listening(server);
  return {
    url: `redis://127.0.0.1:${port}`,
    commands: () => commands,
    connections: () => connections,
    disconnect: () => {
      for (const socket of sockets) socket.destroy();
    },
    answer: (next) => void (answer = next),
    close,
  };
}

/** The first command of a text, an array of bulk strings; null while incomplete. */
function readCommand(text: string): { words: string[]; length: number } | null {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (!head) return null;
  const words: string[] = [];
  let at = head[0].length;
  for (let left = Number(head[1]); left > 0; left -= 1) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20));
    if (!size) return null;
    const from = at + size[0].length;
    const to = from + Number(size[1]);
    if (text.length < to + 2) return null;
    words.push(text.slice(from, to));
    at = to + 2;
  }
  return { words, length: at };
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
