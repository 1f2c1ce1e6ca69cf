import { randomUUID } from 'node:crypto';
import { type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connections } from '../connections/connections.js';
import { DATA_HEADERS } from '../security-headers.js';
import { errorBody } from './send-error.js';

/** Why a request was rejected before it was complete. */
export type ClientFault = 'headers' | 'timeout' | 'malformed' | 'connect';

export interface ClientErrorsOptions {
  readonly maxHeaderBytes: number;
  readonly connections: Pick<Connections, 'current'>;
  readonly onRefused: (fault: ClientFault) => void;
}

/** Milliseconds for the client to read the response and close. */
const LINGER_MS = 2000;

/**
 * Responds in the common error format to requests that Node itself rejects without a body. The
 * accepted media types are unknown at this point.
 */
export function answerClientErrors(server: Server, options: ClientErrorsOptions): void {
  const { maxHeaderBytes, connections, onRefused } = options;

  function answer(socket: Duplex, fault: ClientFault): void {
    onRefused(fault);
    const current = connections.current(socket);
    // Written during another response, it would be taken for that response.
    const isBehind = current !== null && (current.req.complete || current.headersSent);
    if (isBehind || !socket.writable) {
      socket.destroy();
      return;
    }
    const [status, message] = REFUSALS[fault];
    socket.end(toText(status, message.replace('{bytes}', String(maxHeaderBytes))));
    const linger = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => {
      clearTimeout(linger);
    });
  }

  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else answer(socket, faultOf(error));
  });
  // CONNECT: Node detaches from the connection.
  server.on('connect', (_request, socket) => {
    answer(socket, 'connect');
  });
}

function faultOf({ code }: NodeJS.ErrnoException): ClientFault {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'timeout';
  return 'malformed';
}

const REFUSALS: Readonly<Record<ClientFault, readonly [status: number, message: string]>> = {
  headers: [
    431,
    'The request headers are too large; the limit is {bytes} bytes (MAX_HEADER_BYTES). Send a smaller token or fewer cookies.',
  ],
  timeout: [408, 'The request did not arrive in time.'],
  malformed: [400, 'The request is not valid HTTP.'],
  connect: [405, 'Method not allowed; this server is not a proxy.'],
};

function toText(status: number, message: string): string {
  const body = JSON.stringify(errorBody('BAD_REQUEST', message));
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
