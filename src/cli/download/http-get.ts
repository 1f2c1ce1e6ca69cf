import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name; lines of one name joined. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Bytes as they came, never decoded. A caller that does not read it to its end destroys it. */
  readonly body: Readable;
}

/** Sends one GET; follows no redirect. @throws an error with a `code` where no answer came */
export type HttpGet = (
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<HttpAnswer>;

/** By a dispatcher of undici, without its own time limits: the reader detects a stalled connection. */
export function createHttpGet(dispatcher: Dispatcher): HttpGet {
  return async (url, headers, signal) => {
    const { origin, pathname, search } = new URL(url);
    const answer = await dispatcher.request({
      origin,
      path: pathname + search,
      method: 'GET',
      headers: { ...headers },
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
      // A transfer keeps its connection for long: others must not wait for it.
      blocking: true,
    });
    // Where it is destroyed before its end, undici says so, and nobody listens any more.
    answer.body.on('error', () => undefined);
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [
          name.toLowerCase(),
          Array.isArray(value) ? value.join(', ') : value,
        ]),
      ),
      body: answer.body,
    };
  };
}
