import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { sendError } from '../refusals/send-error.js';

/**
 * Rejects requests that RFC 9110 and 9112 forbid a server to act on but Node accepts: a missing,
 * repeated or invalid Host, a request target that is not a path, an unsupported expectation.
 */
export function refuseMalformed(http: FastifyInstance): void {
  const hasGoodHost = createHostCheck();
  http.addHook('onRequest', ({ raw }, reply, done) => {
    if (!raw.url?.startsWith('/')) {
      sendError(reply, 400, 'BAD_REQUEST', NO_PATH);
    } else if (!hasGoodHost(raw)) {
      sendError(reply, 400, 'BAD_REQUEST', NO_HOST);
    } else if (raw.headers.expect !== undefined && !isContinue(raw.headers.expect)) {
      sendError(reply, 417, 'BAD_REQUEST', NO_EXPECTATION);
    } else {
      done();
    }
  });
}

const NO_PATH = 'The request target must be a path that begins with "/".';
const NO_HOST = 'Invalid Host header; send exactly one, for example localhost:4000.';
const NO_EXPECTATION = 'Unsupported expectation; omit the Expect header.';

const isContinue = (expect: string): boolean => /^100-continue$/i.test(expect);

/** RFC 9112, section 3.2: HTTP/1.1 requires exactly one Host, HTTP/1.0 can omit it. */
function createHostCheck(): (request: IncomingMessage) => boolean {
  // Most requests repeat the previous Host.
  let lastGood: string | undefined;
  return ({ headers: { host }, httpVersion, rawHeaders }) => {
    if (host === undefined) return httpVersion === '1.0';
    if (isRepeated('host', rawHeaders)) return false;
    if (host === lastGood) return true;
    if (!isHost(host)) return false;
    lastGood = host;
    return true;
  };
}

/**
 * Host and optional port in ASCII; something that looks like an IP address must be one:
 * `127.999.0.1` is invalid.
 */
export function isHost(text: string): boolean {
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
