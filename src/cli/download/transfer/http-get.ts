import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { DownloadError } from '../download-error.js';

export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name; lines of one name joined. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Bytes as they came, never decoded. A caller that does not read it to its end destroys it. */
  readonly body: Readable;
}

/**
 * Sends one GET, and follows redirects to http and https.
 * @throws DownloadError for a redirect that leads nowhere; an error with a `code` where no answer came
 */
export type HttpGet = (
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<HttpAnswer>;

/** As many as browsers' lowest limit (RFC 9110, section 15.4). */
const MOST_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** @param stallMs milliseconds without a byte after which a connection is given up; undici counts them awake */
export function createHttpGet(dispatcher: Dispatcher, stallMs: number): HttpGet {
  return async (url, headers, signal) => {
    let at = new URL(url);
    for (let redirects = 0; ; redirects += 1) {
      const answer = await dispatcher.request({
        origin: at.origin,
        path: at.pathname + at.search,
        method: 'GET',
        headers: { ...headers },
        signal,
        headersTimeout: stallMs,
        bodyTimeout: stallMs,
        // A transfer keeps its connection for long: others must not wait for it.
        blocking: true,
      });
      // Where it is destroyed before its end, undici says so, and nobody listens any more.
      answer.body.on('error', () => undefined);
      const { location } = answer.headers;
      if (!REDIRECTS.includes(answer.statusCode) || typeof location !== 'string') {
        return { status: answer.statusCode, headers: joined(answer.headers), body: answer.body };
      }
      answer.body.destroy();
      if (redirects === MOST_REDIRECTS) {
        throw redirectError(`it redirects more than ${MOST_REDIRECTS} times`);
      }
      at = targetOf(location, at);
    }
  };
}

function targetOf(location: string, from: URL): URL {
  const target = URL.canParse(location, from) ? new URL(location, from) : null;
  if (target !== null && /^https?:$/.test(target.protocol)) return target;
  throw redirectError('it redirects to something other than an http or https address');
}

function redirectError(reason: string): DownloadError {
  return new DownloadError(
    'network',
    `The store does not send the file (${reason}): tell the operator of the service.`,
  );
}

function joined(headers: Record<string, string | string[] | undefined>): HttpAnswer['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}
