import {
  createServer,
  request as send,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { listening } from './closing.js';
import { checksumFault } from './scripted-s3.js';

/** A forwarded request. */
export interface ProxiedCall {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/**
 * A proxy in front of a store that forwards everything and misbehaves on demand. It refuses each PUT without a
 * checksum, as a bucket with a default Object Lock does.
 */
export interface StoreProxy {
  readonly endpoint: string;
  readonly calls: readonly ProxiedCall[];
  /** Numbers of the parts the store accepted. */
  parts(): number[];
  /** Rejects such requests with 403. */
  refuse(test: (call: ProxiedCall) => boolean): void;
  /** Never answers such requests. */
  hold(test: (call: ProxiedCall) => boolean): void;
}

export async function startStoreProxy(target: string): Promise<StoreProxy> {
  const calls: ProxiedCall[] = [];
  const parts: number[] = [];
  let isRefused: (call: ProxiedCall) => boolean = () => false;
  let isHeld: (call: ProxiedCall) => boolean = () => false;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', target);
    const { method = '' } = request;
    const call = { method, path: decodeURIComponent(url.pathname), query: url.searchParams };
    calls.push(call);
    const body = Buffer.concat(await request.toArray());
    if (isHeld(call)) return;
    if (isRefused(call)) {
      response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
      return;
    }
    const faulty = method === 'PUT' ? checksumFault(request.headers, body) : null;
    if (faulty) {
      response.writeHead(400).end(`<Error><Code>${faulty}</Code></Error>`);
      return;
    }
    const reply = await pass(request, body);
    const partNumber = call.query.get('partNumber');
    if (method === 'PUT' && partNumber !== null && reply.status === 200) {
      parts.push(Number(partNumber));
    }
    response.writeHead(reply.status, reply.headers);
    response.end(reply.body);
  }

  function pass(request: IncomingMessage, body: Buffer): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const { method, url, headers } = request;
      // Keeps the signed host.
      const passed = send(target + (url ?? ''), { method, headers }, (reply) => {
        reply.toArray().then((chunks) => {
          const { statusCode: status = 0 } = reply;
          resolve({ status, headers: reply.headers, body: Buffer.concat(chunks as Buffer[]) });
        }, reject);
      });
      passed.on('error', reject);
      passed.end(body);
    });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const { origin } = await listening(server);
  return {
    endpoint: origin,
    calls,
    parts: () => parts,
    refuse: (test) => {
      isRefused = test;
    },
    hold: (test) => {
      isHeld = test;
    },
  };
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}
