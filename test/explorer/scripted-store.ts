import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listening } from '../helpers/closing.js';

/** What the store allows pages of other origins. */
export type CrossOrigin = 'none' | 'origin' | 'all';

/** A store with the same file under every address, controlled by the test. */
export interface ScriptedStore {
  readonly origin: string;
  /** The requests for the file: range and link key. */
  readonly requests: readonly { readonly range: string; readonly key: string }[];
  crossOrigin: CrossOrigin;
  content: Buffer;
  etag: string;
  encoding: string | null;
  /** Bytes of a response after which it stalls until `goOn` or `cut`; null for none. */
  holdsAfter: number | null;
  /** Rejected links; without CORS headers, as by a gateway. */
  readonly refused: Set<string>;
  goOn(): void;
  /** Breaks the stalled connections. */
  cut(): void;
}

export async function startScriptedStore(): Promise<ScriptedStore> {
  const requests: { range: string; key: string }[] = [];
  let held: { goOn(): void; cut(): void }[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'OPTIONS') {
      answerPreflight(store.crossOrigin, request, response);
      return;
    }
    const range = request.headers.range ?? '';
    const key = new URL(request.url ?? '', 'http://store').searchParams.get('Signature') ?? '';
    requests.push({ range, key });
    if (store.refused.has(key)) response.writeHead(403).end();
    else send(range, response);
  });

  function send(range: string, response: ServerResponse): void {
    const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
    const { content, etag, encoding } = store;
    const body = content.subarray(from);
    response.writeHead(range === '' ? 200 : 206, {
      ...corsHeaders(store.crossOrigin),
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'content-length': body.length,
      etag,
      ...(range !== '' && {
        'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
      }),
      ...(encoding !== null && { 'content-encoding': encoding }),
    });
    if (store.holdsAfter === null) {
      response.end(body);
      return;
    }
    const end = store.holdsAfter;
    response.write(body.subarray(0, end));
    held.push({
      goOn: () => response.end(body.subarray(end)),
      cut: () => response.destroy(),
    });
  }

  const { origin } = await listening(server);
  const store: ScriptedStore = {
    origin,
    requests,
    crossOrigin: 'all',
    content: Buffer.from('0123456789'.repeat(1000)),
    etag: '"e1"',
    encoding: null,
    holdsAfter: null,
    refused: new Set(),
    goOn() {
      for (const one of held) one.goOn();
      held = [];
    },
    cut() {
      for (const one of held) one.cut();
      held = [];
    },
  };
  return store;
}

function corsHeaders(crossOrigin: CrossOrigin): Record<string, string> {
  if (crossOrigin === 'none') return {};
  const exposed = { 'access-control-expose-headers': 'ETag, Content-Range, Content-Length' };
  return { 'access-control-allow-origin': '*', ...(crossOrigin === 'all' && exposed) };
}

function answerPreflight(
  crossOrigin: CrossOrigin,
  _request: IncomingMessage,
  response: ServerResponse,
): void {
  const allowed = { 'access-control-allow-headers': 'Range, If-Match' };
  response
    .writeHead(204, { ...corsHeaders(crossOrigin), ...(crossOrigin === 'all' && allowed) })
    .end();
}
