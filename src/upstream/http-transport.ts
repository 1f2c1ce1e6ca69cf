import { buildConnector, errors, Pool, type Dispatcher } from 'undici';
import type { ProxyConfig } from '../config/config.js';
import { rootCodeOf } from '../domain/error-code.js';
import type { StopSignal } from '../domain/stop-signal.js';
import { createProxyDispatcher } from './proxy-dispatcher.js';
import type { SignedRequest } from './sign/sign-request.js';

/** An HTTP response with its complete body. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; the first value of a repeated header. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** The connection failed before the response was complete. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(
    /** As in Node.js and undici: ECONNREFUSED, UND_ERR_SOCKET. */
    readonly code: string,
    /** Whether the peer had closed the idle connection. */
    readonly onIdleSocket: boolean,
  ) {
    super(`The connection failed: ${code}.`);
  }
}

/** The response exceeds any real one and was not read to the end. */
export class OversizedError extends Error {
  override readonly name = 'OversizedError';
}

export interface HttpTransport {
  /**
   * Sends one request. Redirects are not followed. The body is always read or the connection
   * closed.
   * @throws ConnectionError, OversizedError, or the signal's reason once it aborts
   */
  get(request: SignedRequest, signal: StopSignal): Promise<HttpResponse>;
  /** Closes idle connections and waits for requests in flight. */
  close(): Promise<void>;
}

export interface HttpTransportOptions {
  readonly origin: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly proxy?: ProxyConfig | undefined;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Milliseconds before trying the other address family; Node's 250 ms is too short. */
const FAMILY_TIMEOUT_MS = 1000;

/**
 * Creates a transport with persistent connections; timeouts come from the signals passed to `get`.
 */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const { origin } = options;
  const resetAfterUse = new WeakSet<object>();
  const dispatcher = createDispatcher(options, resetAfterUse);

  const toError = (error: Error, hasAnswer: boolean): Error => {
    if (error instanceof errors.ResponseExceededMaxSizeError) return new OversizedError();
    const code = rootCodeOf(error) ?? 'UNKNOWN';
    return new ConnectionError(code, !hasAnswer && isIdleSocketError(error, resetAfterUse));
  };

  return {
    get: ({ target, headers }, signal) =>
      new Promise((resolve, reject) => {
        const handler = new ResponseCollector(signal, {
          onResponse: resolve,
          // The reason is one of our errors or chosen by the caller.
          onStopped: reject,
          onError: (error, hasAnswer) => {
            reject(toError(error, hasAnswer));
          },
        });
        dispatcher.dispatch({ origin, path: target, method: 'GET', headers }, handler);
      }),
    close: () => dispatcher.close(),
  };
}

interface Listeners {
  readonly onResponse: (response: HttpResponse) => void;
  /** The signal aborted first. */
  readonly onStopped: (reason: unknown) => void;
  readonly onError: (error: Error, hasAnswer: boolean) => void;
}

/**
 * Collects one response and calls one listener, once. undici's own `request` creates a stream per
 * body, which nothing here needs.
 */
class ResponseCollector implements Dispatcher.DispatchHandler {
  readonly #signal: StopSignal;
  readonly #listeners: Listeners;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: HttpResponse['headers'] = {};

  readonly #stop = (): void => {
    this.#listeners.onStopped(this.#signal.reason);
    this.#controller?.abort(new Error('the call is over'));
  };

  constructor(signal: StopSignal, listeners: Listeners) {
    this.#signal = signal;
    this.#listeners = listeners;
    signal.addEventListener('abort', this.#stop);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It may have waited for a connection until now.
    if (this.#signal.aborted) this.#stop();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    this.#headers = firstValues(headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#signal.removeEventListener('abort', this.#stop);
    const body = textOf(this.#chunks);
    this.#listeners.onResponse({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#signal.removeEventListener('abort', this.#stop);
    // A 1xx response is not final.
    this.#listeners.onError(error, this.#status >= 200);
  }
}

const UTF_8 = new TextDecoder();

function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  return UTF_8.decode(first && chunks.length === 1 ? first : Buffer.concat(chunks));
}

function createDispatcher(
  { origin, maxConnections, connectTimeoutMs, proxy }: HttpTransportOptions,
  resetAfterUse: WeakSet<object>,
): Dispatcher {
  const options = {
    connections: maxConnections,
    pipelining: 1,
    maxResponseSize: MAX_BODY_BYTES,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connector(connectTimeoutMs, resetAfterUse),
  };
  return proxy ? createProxyDispatcher(origin, proxy, options) : new Pool(origin, options);
}

/**
 * Marks errors of connections that have served a response before, which undici does not report.
 */
function connector(timeout: number, resetAfterUse: WeakSet<object>): buildConnector.connector {
  const connect = buildConnector({
    timeout,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: FAMILY_TIMEOUT_MS,
  });
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      socket.prependListener('error', (failure: Error) => {
        if (socket.bytesRead > 0) resetAfterUse.add(failure);
      });
      callback(null, socket);
    });
  };
}

function isIdleSocketError(error: unknown, resetAfterUse: WeakSet<object>): boolean {
  if (error instanceof errors.SocketError) return (error.socket?.bytesRead ?? 0) > 0;
  return typeof error === 'object' && error !== null && resetAfterUse.has(error);
}

function firstValues(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): HttpResponse['headers'] {
  const first: Record<string, string | undefined> = {};
  for (const name in headers) {
    const value = headers[name];
    first[name] = Array.isArray(value) ? value[0] : value;
  }
  return first;
}
