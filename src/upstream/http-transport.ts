import { buildConnector, errors, Pool, type Dispatcher } from 'undici';
import type { ProxyConfig } from '../config/config.js';
import { rootCodeOf } from '../domain/error-code.js';
import type { StopSignal } from '../domain/stop-signal.js';
import { createProxyDispatcher } from './proxy-dispatcher.js';
import { type ReplyMemory, weightOf } from './reply-memory.js';
import type { SignedRequest } from './sign.js';

/** An HTTP response with its complete body. */
export interface HttpResponse {
  readonly kind: 'response';
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Bytes of memory that the body and what is parsed from it take. */
  readonly weight: number;
}

/** Why there is no response, or none that was read to the end. */
export type NoResponse =
  | { readonly kind: 'timed-out' }
  | {
      readonly kind: 'broken';
      /** As in Node.js and undici, ECONNREFUSED or UND_ERR_SOCKET, or the name of the error. */
      readonly code: string;
      /** Whether the peer had closed the idle connection. */
      readonly onIdleSocket: boolean;
    }
  /** It exceeds any real one. */
  | { readonly kind: 'oversized' }
  /** The replies of all requests take too much memory. */
  | { readonly kind: 'unheld' };

export interface HttpTransport {
  /**
   * Sends one request. Redirects are not followed. The body is always read or the connection
   * closed.
   * @throws the reason the signal aborts with
   */
  get(
    request: SignedRequest,
    timeoutMs: number,
    signal: StopSignal | undefined,
  ): Promise<HttpResponse | NoResponse>;
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

/** Creates a transport with persistent connections. */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const { origin, memory, maxConnections, connectTimeoutMs, proxy } = options;
  const resetAfterUse = new WeakSet<Error>();
  const dispatcherOptions = {
    connections: maxConnections,
    pipelining: 1,
    maxResponseSize: MAX_BODY_BYTES,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connector(connectTimeoutMs, resetAfterUse),
  };
  const dispatcher = proxy
    ? createProxyDispatcher(origin, proxy, dispatcherOptions)
    : new Pool(origin, dispatcherOptions);

  return {
    get: ({ target, headers }, timeoutMs, signal) =>
      new Promise((resolve, reject) => {
        const over = { resolve, reject, resetAfterUse };
        const handler = new ResponseCollector(memory, timeoutMs, signal, over);
        dispatcher.dispatch({ origin, path: target, method: 'GET', headers }, handler);
      }),
    close: () => dispatcher.close(),
  };
}

interface Over {
  readonly resolve: (end: HttpResponse | NoResponse) => void;
  readonly reject: (reason: unknown) => void;
  readonly resetAfterUse: WeakSet<Error>;
}

/**
 * Collects one response until it is complete or over. undici's own `request` creates a stream per
 * body, which nothing here needs.
 */
class ResponseCollector implements Dispatcher.DispatchHandler {
  /** The body so far, in the first `#length` bytes. */
  #body: Buffer = NOTHING;
  #length = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: HttpResponse['headers'] = {};
  #isOver = false;
  readonly #timer: NodeJS.Timeout;

  readonly #leave = (): void => {
    this.over.reject(this.signal?.reason);
    this.#abandon();
  };

  constructor(
    private readonly memory: ReplyMemory,
    timeoutMs: number,
    private readonly signal: StopSignal | undefined,
    private readonly over: Over,
  ) {
    signal?.addEventListener('abort', this.#leave);
    this.#timer = setTimeout(() => {
      this.#abandon({ kind: 'timed-out' });
    }, timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It may have waited for a connection until now.
    if (this.#isOver) this.#abandon();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: HttpResponse['headers'],
  ): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.memory.take(chunk.length)) this.#append(chunk);
    else this.#abandon({ kind: 'unheld' });
  }

  onResponseEnd(): void {
    const body = this.#body.subarray(0, this.#length);
    const weight = weightOf(body);
    this.#release();
    // Parsing follows at once: it takes no memory that another reply can take meanwhile.
    const fits = this.memory.take(weight);
    if (fits) this.memory.giveBack(weight);
    if (!fits) {
      this.over.resolve({ kind: 'unheld' });
      return;
    }
    const response = { status: this.#status, headers: this.#headers, body: UTF_8.decode(body) };
    this.over.resolve({ kind: 'response', ...response, weight });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    if (error instanceof errors.ResponseExceededMaxSizeError) {
      this.over.resolve({ kind: 'oversized' });
      return;
    }
    // A 1xx response is not final.
    const onIdleSocket = this.#status < 200 && isIdleSocketError(error, this.over.resetAfterUse);
    this.over.resolve({ kind: 'broken', code: causeOf(error), onIdleSocket });
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

  #abandon(end?: NoResponse): void {
    this.#release();
    if (end) this.over.resolve(end);
    this.#controller?.abort(new Error('the call is over'));
  }

  #release(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.signal?.removeEventListener('abort', this.#leave);
    this.memory.giveBack(this.#length);
    this.#body = NOTHING;
    this.#length = 0;
  }
}

const NOTHING = Buffer.alloc(0);
/** Bytes of the first buffer that chunks are copied to. */
const FIRST_COPY = 32 * 1024;

const UTF_8 = new TextDecoder();

/** Marks errors of connections that have served a response before, which undici does not report. */
function connector(timeout: number, resetAfterUse: WeakSet<Error>): buildConnector.connector {
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

function isIdleSocketError(error: Error, resetAfterUse: WeakSet<Error>): boolean {
  if (error instanceof errors.SocketError) return (error.socket?.bytesRead ?? 0) > 0;
  return resetAfterUse.has(error);
}
