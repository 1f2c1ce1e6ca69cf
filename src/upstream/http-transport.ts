import { buildConnector, errors, Pool, type Dispatcher } from 'undici';
import type { ProxyConfig } from '../config/config.js';
import { rootCodeOf } from '../domain/error-code.js';
import type { StopSignal } from '../domain/stop-signal.js';
import { createProxyDispatcher } from './proxy-dispatcher.js';
import { type ReplyMemory, weightOf } from './reply-memory.js';
import type { SignedRequest } from './sign/sign-request.js';

/** An HTTP response with its complete body. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; the first value of a repeated header. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Bytes of memory that the body and what is parsed from it take. */
  readonly weight: number;
}

/** The connection failed before the response was complete. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(
    /** As in Node.js and undici, ECONNREFUSED or UND_ERR_SOCKET, or the name of the error. */
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

/** The replies of all requests take too much memory; this one was not read to the end. */
export class ReplyMemoryError extends Error {
  override readonly name = 'ReplyMemoryError';
}

export interface HttpTransport {
  /**
   * Sends one request. Redirects are not followed. The body is always read or the connection
   * closed.
   * @throws ConnectionError, OversizedError, ReplyMemoryError, or the signal's reason once it aborts
   */
  get(request: SignedRequest, signal: StopSignal): Promise<HttpResponse>;
  /** Closes idle connections and waits for requests in flight. */
  close(): Promise<void>;
}

export interface HttpTransportOptions {
  readonly origin: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly memory: ReplyMemory;
  readonly proxy?: ProxyConfig | undefined;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Milliseconds before trying the other address family; Node's 250 ms is too short. */
const FAMILY_TIMEOUT_MS = 1000;

/**
 * Creates a transport with persistent connections; timeouts come from the signals passed to `get`.
 */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const { origin, memory } = options;
  const resetAfterUse = new WeakSet<object>();
  const dispatcher = createDispatcher(options, resetAfterUse);

  const toError = (error: Error, hasAnswer: boolean): Error => {
    if (error instanceof errors.ResponseExceededMaxSizeError) return new OversizedError();
    return new ConnectionError(
      causeOf(error),
      !hasAnswer && isIdleSocketError(error, resetAfterUse),
    );
  };

  return {
    get: ({ target, headers }, signal) =>
      new Promise((resolve, reject) => {
        const handler = new ResponseCollector(signal, memory, {
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
  readonly #memory: ReplyMemory;
  readonly #listeners: Listeners;
  /** The body so far, in the first `#length` bytes. */
  #body: Buffer = NOTHING;
  #length = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: HttpResponse['headers'] = {};

  readonly #stop = (): void => {
    this.#abandon(this.#signal.reason);
  };

  constructor(signal: StopSignal, memory: ReplyMemory, listeners: Listeners) {
    this.#signal = signal;
    this.#memory = memory;
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
    if (this.#memory.take(chunk.length)) this.#append(chunk);
    else this.#abandon(new ReplyMemoryError());
  }

  onResponseEnd(): void {
    const body = this.#body.subarray(0, this.#length);
    const weight = weightOf(body);
    // Parsing follows at once: it takes no memory that another reply can take meanwhile.
    const fits = this.#memory.take(weight - this.#length);
    if (fits) this.#memory.giveBack(weight - this.#length);
    this.#release();
    if (!fits) {
      this.#listeners.onStopped(new ReplyMemoryError());
      return;
    }
    const response = { status: this.#status, headers: this.#headers, body: UTF_8.decode(body) };
    this.#listeners.onResponse({ ...response, weight });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    // A 1xx response is not final.
    this.#listeners.onError(error, this.#status >= 200);
  }

  /**
   * Copies all chunks but the first, which is most often the only one: a chunk of one byte would
   * keep all that was read from the socket with it.
   */
  #append(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (this.#length === 0) {
      this.#body = chunk;
    } else {
      if (length > this.#body.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(2 * length, FIRST_COPY));
        this.#body.copy(larger, 0, 0, this.#length);
        this.#body = larger;
      }
      chunk.copy(this.#body, this.#length);
    }
    this.#length = length;
  }

  #abandon(reason: unknown): void {
    this.#release();
    this.#listeners.onStopped(reason);
    this.#controller?.abort(new Error('the call is over'));
  }

  #release(): void {
    this.#signal.removeEventListener('abort', this.#stop);
    this.#memory.giveBack(this.#length);
    this.#body = NOTHING;
    this.#length = 0;
  }
}

const NOTHING = Buffer.alloc(0);
/** Bytes of the first buffer that chunks are copied to. */
const FIRST_COPY = 32 * 1024;

const UTF_8 = new TextDecoder();

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

/** `PROXY_RESPONSE_407` for a proxy's refusal of a tunnel, which undici reports as an abort. */
function causeOf(error: Error): string {
  const [, status] = /^Proxy\b.{0,40}\((\d{3})\)/.exec(error.message) ?? [];
  if (status !== undefined) return `PROXY_RESPONSE_${status}`;
  return rootCodeOf(error) ?? (error.name || 'UNKNOWN_ERROR');
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
