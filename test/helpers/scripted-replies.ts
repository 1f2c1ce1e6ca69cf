import type { IncomingMessage, ServerResponse } from 'node:http';

/** A response of the scripted upstream to one call. */
export interface Reply {
  send(request: IncomingMessage, response: ServerResponse): void;
}

export type Headers = Readonly<Record<string, string>>;

/** `200` with a `result`, in the format of the upstream API. */
export function ok(result: unknown, { requestId = 'req-ok', headers = {} } = {}): Reply {
  return json(200, { requestId, result }, headers);
}

/** An error in the format of the upstream API; `status` is its error status. */
export function fail(
  code: number,
  status: string,
  {
    requestId = 'req-fail',
    message = 'AccessKeyId TESTAK: StringToSign was JDCLOUD2',
    headers = {},
  }: { requestId?: string; message?: string; headers?: Headers } = {},
): Reply {
  return json(code, { requestId, error: { code, status, message } }, headers);
}

export function json(status: number, body: unknown, headers: Headers = {}): Reply {
  return text(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

export function html(status: number, body = '<html>Gateway page</html>'): Reply {
  return text(status, body, { 'content-type': 'text/html' });
}

export function empty(status = 200): Reply {
  return text(status, '');
}

export function redirect(location: string, status = 302): Reply {
  return text(status, '', { location });
}

/** Any body with any headers. */
export function text(status: number, body: string, headers: Headers = {}): Reply {
  return {
    send: (_request, response) => {
      response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
      response.end(body);
    },
  };
}

/** A valid response without links, with more than `bytes` bytes of padding. */
export function oversized(bytes: number): Reply {
  return {
    send: (_request, response) => {
      const piece = 'x'.repeat(64 * 1024);
      let left = bytes;
      const write = (): void => {
        while (left > 0 && !response.destroyed) {
          left -= piece.length;
          if (!response.write(piece)) return void response.once('drain', write);
        }
        response.end('"}}');
      };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"result":{"publicURL":"","padding":"');
      write();
    },
  };
}

const HALF = '{"requestId":"req-cut","result":{"publicURL":"https://oss.exa';

/** A Content-Length larger than the body. */
export function cutByLength(): Reply {
  return raw(`HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n${HALF}`);
}

/** A chunked body without its last chunk. */
export function cutChunked(): Reply {
  const size = HALF.length.toString(16);
  return raw(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${size}\r\n${HALF}\r\n`);
}

/** A body that ends with the connection, in the middle of a string. */
export function cutAtClose(): Reply {
  return raw(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${HALF}`);
}

/** Raw bytes, then the end of the connection. */
export function raw(bytes: string): Reply {
  return { send: (request) => void request.socket.end(bytes) };
}

/** Resets the connection without a response. */
export function reset(): Reply {
  return { send: (request) => void request.socket.resetAndDestroy() };
}

/** Never responds. */
export function stall(): Reply {
  return { send: () => undefined };
}

/** Sends response headers but no body. */
export function stallInBody(): Reply {
  return {
    send: (_request, response) => {
      response.writeHead(200, { 'content-length': 500 });
      response.write(HALF);
    },
  };
}

/** A valid response sent byte by byte, one every `ms` milliseconds. */
export function dripped(ms: number): Reply {
  return {
    send: (_request, response) => {
      const body = '{"result":{"publicURL":"","internalURL":""}}';
      let sent = 0;
      const timer = setInterval(() => {
        response.write(body[sent] ?? '');
        sent += 1;
        if (sent === body.length) response.end();
      }, ms);
      response.writeHead(200, { 'content-length': body.length });
      response.once('close', () => {
        clearInterval(timer);
      });
    },
  };
}
