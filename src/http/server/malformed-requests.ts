import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** A request that HTTP forbids to serve; `message` may be shown to the client. */
export class MalformedRequestError extends Error {
  override readonly name = 'MalformedRequestError';

  constructor(
    readonly statusCode: 400 | 417,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Rejects requests that RFC 9110 and 9112 forbid a server to act on but Node accepts: a missing,
 * repeated or invalid Host, a request target that is not a path, an unsupported expectation. Fails
 * with a MalformedRequestError.
 */
export function refuseMalformed(http: FastifyInstance): void {
  // Most requests repeat the previous Host.
  let lastGood: string | undefined;

  /** RFC 9112, section 3.2: HTTP/1.1 requires exactly one Host, HTTP/1.0 can omit it. */
  function hasGoodHost({ headers: { host }, httpVersion, rawHeaders }: IncomingMessage): boolean {
    if (host === undefined) return httpVersion === '1.0';
    if (isRepeated('host', rawHeaders)) return false;
    if (host !== lastGood && !isHost(host)) return false;
    lastGood = host;
    return true;
  }

  http.addHook('onRequest', ({ raw }, _reply, done) => {
    if (!raw.url?.startsWith('/')) done(new MalformedRequestError(400, NO_PATH));
    else if (!hasGoodHost(raw)) done(new MalformedRequestError(400, NO_HOST));
    else if (/^100-continue$/i.test(raw.headers.expect ?? '100-continue')) done();
    else done(new MalformedRequestError(417, NO_EXPECTATION));
  });
}

const NO_PATH = 'The request target must be a path that begins with "/".';
const NO_HOST = 'Invalid Host header; send exactly one, for example localhost:4000.';
const NO_EXPECTATION = 'Unsupported expectation; omit the Expect header.';

/**
 * Host and optional port in ASCII; something that looks like an IP address must be one:
 * `127.999.0.1` is invalid.
 */
function isHost(text: string): boolean {
  return /^[!-~]+$/.test(text) && !/[@/?#\\]/.test(text) && URL.canParse(`http://${text}`);
}

/** Node keeps the first of several; the others appear only here: name, value, name, … */
function isRepeated(name: string, rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const header = rawHeaders[at] ?? '';
    if (header.length === name.length && header.toLowerCase() === name) count += 1;
  }
  return count > 1;
}
