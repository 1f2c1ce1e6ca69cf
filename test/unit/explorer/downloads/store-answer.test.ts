import { describe, expect, it } from '@jest/globals';
import { openLink, type Received } from '../../../../src/explorer/downloads/store-answer.js';

const LINK = 'http://store.example/shop.bak?Signature=s';
const HERE: Received = { bytes: 4, etag: '"e1"' };

/** An error as the embedded upstream returns it. */
function refusalWith(code: number, status: string, message = ''): Response {
  const body = JSON.stringify({ requestId: 'r', error: { code, status, message, details: [] } });
  const headers = { 'content-type': 'application/json', 'content-length': `${body.length}` };
  return new Response(body, { status: code, headers });
}

function answer(status: number, headers: Record<string, string> = {}): Response {
  return new Response(status === 416 ? null : '456789', { status, headers });
}

async function open(response: Response | Error, received: Received | null = null) {
  const sent: RequestInit[] = [];
  const fetch = (_link: unknown, init?: RequestInit): Promise<Response> => {
    sent.push(init ?? {});
    return response instanceof Error ? Promise.reject(response) : Promise.resolve(response);
  };
  const opened = await openLink(LINK, received, { fetch, signal: new AbortController().signal });
  return { opened, sent };
}

describe('opening a link', () => {
  it('sends only the request, without credentials or a referrer', async () => {
    const { sent } = await open(answer(200));
    expect(sent).toMatchObject([
      { headers: {}, credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' },
    ]);
  });

  it('reads length and strong ETag if the store exposes them', async () => {
    const { opened } = await open(answer(200, { 'content-length': '6', etag: '"e1"' }));
    expect(opened).toMatchObject({ total: 6, etag: '"e1"' });
    expect((await open(answer(200))).opened).toMatchObject({ total: null, etag: null });
  });

  it('ignores a weak ETag', async () => {
    const { opened } = await open(answer(200, { etag: 'W/"e1"' }));
    expect(opened).toMatchObject({ etag: null });
  });

  it.each([
    ['unreachable', 'a store the page may not read', new TypeError('Failed to fetch')],
    ['refused', 'a link that has expired', answer(403)],
    ['refused', 'a link the store calls expired', refusalWith(403, 'LINK_EXPIRED')],
    ['unreadable', 'a file the store may not read', refusalWith(403, 'FILE_NOT_READABLE')],
    ['refused', 'an oversized error body', refusalWith(403, 'FILE_NOT_READABLE', 'x'.repeat(5000))],
    ['missing', 'a missing file', refusalWith(404, 'NOT_FOUND')],
    ['busy', 'an overloaded store', refusalWith(503, 'UNAVAILABLE')],
    ['busy', 'a gateway in front of it', answer(502)],
    ['encoded', 'content the browser decodes', answer(200, { 'content-encoding': 'gzip' })],
    [
      'encoded',
      'content the browser decodes in two steps',
      answer(200, { 'content-encoding': 'aws-chunked, GZIP' }),
    ],
    ['encoded', 'another coding', answer(200, { 'content-encoding': 'zstd' })],
  ])('reports %s: %s', async (kind, _of, response) => {
    expect((await open(response)).opened).toBe(kind);
  });

  it.each(['identity', 'aws-chunked'])('does not decode Content-Encoding %s', async (coding) => {
    const { opened } = await open(answer(200, { 'content-encoding': coding }));
    expect(opened).toHaveProperty('body');
  });
});

describe('requesting the rest of a file', () => {
  const range = (text: string, etag = '"e1"') => ({ 'content-range': `bytes ${text}`, etag });

  it('uses Range alone, which most stores allow across origins', async () => {
    const { sent, opened } = await open(answer(206, range('4-9/10')), HERE);
    expect(sent[0]?.headers).toEqual({ range: 'bytes=4-' });
    expect(opened).toMatchObject({ total: 10, etag: '"e1"' });
  });

  it.each([
    ['changed', 'of another file', answer(206, range('4-9/10', '"e2"'))],
    ['changed', 'of another file from the start', answer(200, { etag: '"e2"' })],
    ['changed', 'of a file that is shorter now', answer(416, { 'content-range': 'bytes */3' })],
    ['changed', 'when the store says so', answer(412)],
    ['whole', 'when nothing is left', answer(416, { 'content-range': 'bytes */4' })],
    ['unresumable', 'from another offset', answer(206, range('5-9/10'))],
    ['unresumable', 'from an unreadable offset', answer(206, { etag: '"e1"' })],
    ['unresumable', 'of an unidentified file', answer(206, { 'content-range': 'bytes 4-9/10' })],
    ['unresumable', 'from the start', answer(200, { etag: '"e1"' })],
    [
      'encoded',
      'decoded on the way',
      answer(206, { ...range('4-9/10'), 'content-encoding': 'br' }),
    ],
    ['refused', 'of an expired link', answer(403)],
  ])('reports %s: %s', async (kind, _of, response) => {
    expect((await open(response, HERE)).opened).toBe(kind);
  });
});

it('an abort is not reported as a response', async () => {
  const controller = new AbortController();
  controller.abort();
  const fetch = () => Promise.reject(new DOMException('Aborted', 'AbortError'));
  const opened = openLink(LINK, null, { fetch, signal: controller.signal });
  await expect(opened).rejects.toThrow(/abort/i);
});
