import { randomUUID } from 'node:crypto';
import { type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Headers of data responses. These can contain links, which grant access to data: no caching, no
 * referrer, no MIME sniffing, and nothing is loaded, run or framed.
 */
export const DATA_HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/** Why a request was rejected before it was complete. */
export type ClientFault = 'headers' | 'timeout' | 'malformed' | 'connect';

export interface ClientErrorOptions {
  readonly maxHeaderBytes: number;
  /** The body of an error in the format of the port. */
  readonly toBody: (status: number, message: string) => object;
  readonly isResponding: (socket: object) => boolean;
  readonly onRefused: (fault: ClientFault) => void;
}

/** Milliseconds for the client to read the response and close. */
const LINGER_MS = 2000;

/** Responds in the port's error format to requests that Node itself rejects without a body. */
export function answerClientErrors(server: Server, options: ClientErrorOptions): void {
  const { maxHeaderBytes, toBody, isResponding, onRefused } = options;

  function answer(socket: Duplex, fault: ClientFault): void {
    onRefused(fault);
    if (isResponding(socket)) {
      socket.destroy();
      return;
    }
    const [status, message] = REFUSALS[fault];
    const body = toBody(status, message.replace('{bytes}', String(maxHeaderBytes)));
    socket.end(toText(status, JSON.stringify(body)));
    const linger = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => {
      clearTimeout(linger);
    });
  }

  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else answer(socket, FAULTS[error.code ?? ''] ?? 'malformed');
  });
  // CONNECT: Node detaches from the connection.
  server.on('connect', (_request, socket) => {
    answer(socket, 'connect');
  });
}

const FAULTS: Readonly<Record<string, ClientFault>> = {
  HPE_HEADER_OVERFLOW: 'headers',
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
};

const REFUSALS: Readonly<Record<ClientFault, readonly [status: number, message: string]>> = {
  headers: [
    431,
    'The request headers are too large; the limit is {bytes} bytes (MAX_HEADER_BYTES). Send a smaller token or fewer cookies.',
  ],
  timeout: [408, 'The request did not arrive in time.'],
  malformed: [400, 'The request is not valid HTTP.'],
  connect: [405, 'Method not allowed; this server is not a proxy.'],
};

function toText(status: number, body: string): string {
  const headers = {
    connection: 'close',
    date: new Date().toUTCString(),
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-request-id': randomUUID(),
    ...DATA_HEADERS,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n');
}
