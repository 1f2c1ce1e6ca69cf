import { readFile } from 'node:fs/promises';
import { isIPv6, type Socket } from 'node:net';

/** Bytes in the kernel between a socket and the receiving program. */
export interface HeldBytes {
  /** Accepted from this process, not acknowledged by the peer. */
  readonly unacknowledged: number;
  /** Acknowledged but not read by the program; known only if that runs on this machine. */
  readonly unread: number;
}

/** The kernel queues of this machine's sockets; 0 if unknown. */
export interface SocketQueues {
  of(socket: Socket): HeldBytes;
}

export type ReadSocketQueues = () => Promise<SocketQueues>;

interface Queues {
  readonly send: number;
  readonly receive: number;
}

const TABLES = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];

/**
 * Reads the TCP tables of Linux (proc_net_tcp in the kernel documentation); empty on other systems.
 */
export async function readSocketQueues(): Promise<SocketQueues> {
  const tables = await Promise.all(TABLES.map((path) => readFile(path, 'latin1').catch(() => '')));
  return parseSocketQueues(tables.join('\n'));
}

/** Parses such a table. */
export function parseSocketQueues(text: string): SocketQueues {
  const queues = new Map<string, Queues>();
  for (const [, local, remote, send, receive] of text.matchAll(ROW)) {
    if (local === undefined || remote === undefined) continue;
    queues.set(`${toEndpoint(local)} ${toEndpoint(remote)}`, {
      send: Number.parseInt(send ?? '', 16),
      receive: Number.parseInt(receive ?? '', 16),
    });
  }
  return {
    of(socket) {
      const here = endpoint(socket.localAddress, socket.localPort);
      const there = endpoint(socket.remoteAddress, socket.remotePort);
      return {
        unacknowledged: queues.get(`${here} ${there}`)?.send ?? 0,
        unread: queues.get(`${there} ${here}`)?.receive ?? 0,
      };
    },
  };
}

const ROW =
  /^ *\d+: ([0-9A-F]+:[0-9A-F]{4}) ([0-9A-F]+:[0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):([0-9A-F]{8}) /gm;

/**
 * Converts an address to the table's format: 32-bit words in host byte order, little-endian on all
 * supported machines.
 */
function toEndpoint(text: string): string {
  const [address = '', port = ''] = text.split(':');
  const words = address.match(/.{8}/g) ?? [];
  const hex = words.map((word) => (word.match(/../g) ?? []).reverse().join('')).join('');
  return `${plainHex(hex.toLowerCase())}:${Number.parseInt(port, 16)}`;
}

function endpoint(address = '', port = 0): string {
  return `${plainHex(toHex(address))}:${port}`;
}

/** Removes the IPv4-mapped IPv6 prefix from an address. */
function plainHex(hex: string): string {
  return hex.replace(/^0{20}ffff/, '');
}

function toHex(address: string): string {
  if (!isIPv6(address)) return octetsToHex(address);
  const [plain = ''] = address.split('%');
  const split = plain.includes('.') ? plain.lastIndexOf(':') + 1 : plain.length;
  const [v6, tail] = [plain.slice(0, split), octetsToHex(plain.slice(split))];
  const [head = [], rest] = v6.split('::').map((part) =>
    part
      .split(':')
      .filter((group) => group !== '')
      .map((group) => group.padStart(4, '0')),
  );
  const [before, after] = [head.join(''), `${rest?.join('') ?? ''}${tail}`];
  return before + after.padStart(32 - before.length, '0');
}

function octetsToHex(address: string): string {
  return address
    .split('.')
    .filter((octet) => octet !== '')
    .map((octet) => Number(octet).toString(16).padStart(2, '0'))
    .join('');
}
