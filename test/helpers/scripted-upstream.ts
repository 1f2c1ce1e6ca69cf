import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ApiOperationName } from '../../src/upstream/operation.js';
import { listening, resetting } from './closing.js';
import { routeOf, type ScriptedCall } from './scripted-call.js';
import { dataHandlers } from './scripted-data.js';
import { fail, type Reply } from './scripted-replies.js';
import type { Row } from './upstream-rows.js';

/** One reply for all calls, replies in turn (the last one stays), or a function of the call. */
export type Handler = Reply | readonly Reply[] | ((call: ScriptedCall) => Reply | Promise<Reply>);

export interface ScriptedUpstreamOptions {
  /** Rows for operations without a handler. */
  readonly backups?: readonly Row[];
  readonly instances?: readonly Row[];
  readonly handlers?: Partial<Record<ApiOperationName | 'unknown', Handler>>;
  /** Delay of every response, so that calls overlap. */
  readonly latencyMs?: number;
}

/** An upstream API over real HTTP that responds from a script and records its calls. */
export interface ScriptedUpstream {
  /** For example `http://127.0.0.1:41234`. */
  readonly origin: string;
  /** Calls received so far, of one operation or of all, oldest first. */
  calls(operation?: ApiOperationName | 'unknown'): readonly ScriptedCall[];
  /** Calls by operation, for one snapshot; operations without a call are absent. */
  counts(): Partial<Record<ApiOperationName | 'unknown', number>>;
  /** Maximum concurrent calls so far. */
  peakConcurrency(): number;
  /** Connections accepted so far. */
  connections(): number;
  /** Replaces the handler of one operation. */
  handle(operation: ApiOperationName, handler: Handler): void;
  /** Clears calls and the peak but not the script; done before each test. */
  reset(): void;
  close(): Promise<void>;
}

export async function startScriptedUpstream(
  options: ScriptedUpstreamOptions = {},
): Promise<ScriptedUpstream> {
  const { backups = [], instances = [], latencyMs = 0 } = options;
  const handlers: Partial<Record<string, Handler>> = {
    ...dataHandlers({ backups, instances }),
    ...options.handlers,
  };
  const callsOnSocket = new WeakMap<Socket, number>();
  const served = new Map<string, number>();
  let calls: ScriptedCall[] = [];
  let inFlight = 0;
  let peak = 0;
  let connections = 0;

  const record = (request: IncomingMessage): ScriptedCall => {
    const route = routeOf(request);
    const index = served.get(route.operation) ?? 0;
    const indexOnSocket = callsOnSocket.get(request.socket) ?? 0;
    served.set(route.operation, index + 1);
    callsOnSocket.set(request.socket, indexOnSocket + 1);
    const { method = '', url = '', headers } = request;
    const call = { ...route, method, url, headers, at: Date.now(), index, indexOnSocket };
    calls.push(call);
    return call;
  };

  const server = createServer((request, response) => {
    const call = record(request);
    inFlight += 1;
    peak = Math.max(peak, inFlight);
    let open = true;
    const done = (): void => {
      if (open) inFlight -= 1;
      open = false;
    };
    response.once('finish', done).once('close', done);
    void replyOf(handlers[call.operation], call).then(async (reply) => {
      if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
      reply.send(request, response);
    });
  });
  server.on('connection', () => (connections += 1));
  const { origin, close } = await listening(server);
  const reset = (): void => {
    calls = [];
    peak = inFlight;
  };
  resetting(reset);

  return {
    origin,
    calls: (operation) =>
      operation === undefined ? calls : calls.filter((call) => call.operation === operation),
    counts: () => {
      const counts: Partial<Record<ApiOperationName | 'unknown', number>> = {};
      for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1;
      return counts;
    },
    peakConcurrency: () => peak,
    connections: () => connections,
    handle: (operation, handler) => {
      handlers[operation] = handler;
      served.delete(operation);
    },
    reset,
    close,
  };
}

async function replyOf(handler: Handler | undefined, call: ScriptedCall): Promise<Reply> {
  if (handler === undefined) return fail(404, 'NOT_FOUND');
  if (typeof handler === 'function') return handler(call);
  if (!('send' in handler)) return handler[Math.min(call.index, handler.length - 1)]!;
  return handler;
}
