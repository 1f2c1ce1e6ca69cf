import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listening } from './closing.js';

export interface StoreRequest {
  /** Zero-based. */
  readonly index: number;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** The requested range; null for none. */
  readonly range: { readonly start: number; readonly end: number } | null;
}

/** The reaction to a request; by default a correct response. */
export interface StoreAnswer {
  readonly status?: number;
  /** Replaces headers of a correct response; undefined removes one. */
  readonly headers?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: Buffer | string;
  /** Cuts the connection after this many bytes of the body. */
  readonly cutAfter?: number;
  /** Stalls after this many bytes of the body. */
  readonly stallAfter?: number;
  /** Cuts the connection without a response. */
  readonly refuse?: boolean;
}

export interface ScriptedStore {
  readonly origin: string;
  readonly requests: readonly StoreRequest[];
  /** Connections that were made. */
  readonly connections: () => number;
  /** The bytes of the file; replaceable. */
  content: Buffer;
  etag: string | null;
  lastModified: string | null;
  /** Whether it supports Range and preconditions. */
  ranges: boolean;
  close(): Promise<void>;
}

/** An HTTP store with the same file under every path, controlled by `script`. */
export async function startStore(
  content: Buffer,
  script: (request: StoreRequest) => StoreAnswer | undefined = () => undefined,
): Promise<ScriptedStore> {
  const requests: StoreRequest[] = [];
  const server = createServer((request, response) => {
    const asked = toStoreRequest(request, requests.length, store.content.length);
    requests.push(asked);
    respond(asked, response, store, script(asked) ?? {});
  });
  let connections = 0;
  server.on('connection', () => (connections += 1));
  server.on('clientError', (_error, socket) => socket.destroy());
  const { origin, close } = await listening(server);
  const store: ScriptedStore = {
    origin,
    requests,
    connections: () => connections,
    content,
    etag: '"v1"',
    lastModified: 'Sun, 01 Nov 2026 10:00:00 GMT',
    ranges: true,
    close,
  };
  return store;
}

function toStoreRequest(request: IncomingMessage, index: number, size: number): StoreRequest {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const end = last === undefined || last === '' ? size : Math.min(size, Number(last) + 1);
  const range = first === undefined ? null : { start: Number(first), end };
  return { index, url: request.url ?? '', headers: request.headers, range };
}

function respond(
  { range, headers }: StoreRequest,
  response: ServerResponse,
  store: ScriptedStore,
  answer: StoreAnswer,
): void {
  if (answer.refuse === true) {
    response.destroy();
    return;
  }
  const match = headers['if-match'];
  if (answer.status === undefined && store.ranges && match !== undefined && match !== store.etag) {
    response.writeHead(412).end();
    return;
  }
  const size = store.content.length;
  if (answer.status === undefined && range !== null && store.ranges && range.start >= size) {
    response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end();
    return;
  }
  const isPart = range !== null && store.ranges && (answer.status ?? 206) === 206;
  const part = isPart ? store.content.subarray(range.start, range.end) : store.content;
  const body = answer.body === undefined ? part : Buffer.from(answer.body);
  const usual: Record<string, string | number | undefined> = {
    'Content-Length': body.length,
    ETag: store.etag ?? undefined,
    'Last-Modified': store.lastModified ?? undefined,
    'Content-Range': isPart ? `bytes ${range.start}-${range.end - 1}/${size}` : undefined,
    ...answer.headers,
  };
  for (const [name, value] of Object.entries(usual)) {
    if (value !== undefined) response.setHeader(name, value);
  }
  response.writeHead(answer.status ?? (isPart ? 206 : 200));
  const end = answer.cutAfter ?? answer.stallAfter ?? null;
  if (end === null || end >= body.length) {
    response.end(body);
    return;
  }
  response.flushHeaders();
  response.write(body.subarray(0, end), () => {
    if (answer.cutAfter !== undefined) response.destroy();
  });
}
