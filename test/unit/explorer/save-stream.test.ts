import { describe, expect, it } from '@jest/globals';
import { type Progress, saveStream, type Sink } from '../../../src/explorer/link/save-stream.js';

const LINK = 'http://store.example/shop.bak?Signature=s';

/** A body of these parts; an error breaks it off. */
function bodyOf(...parts: (string | Error)[]): ReadableStream<Uint8Array> {
  const left = [...parts];
  return new ReadableStream({
    pull(controller) {
      const part = left.shift();
      if (part === undefined) controller.close();
      else if (part instanceof Error) controller.error(part);
      else controller.enqueue(new TextEncoder().encode(part));
    },
  });
}

/** An error as the embedded upstream writes it. */
function refusalWith(code: number, status: string, message = ''): Response {
  const body = JSON.stringify({ requestId: 'r', error: { code, status, message, details: [] } });
  const headers = { 'content-type': 'application/json', 'content-length': `${body.length}` };
  return new Response(body, { status: code, headers });
}

interface Run {
  readonly response?: Response | Error;
  readonly capacity?: number;
  readonly write?: Sink['write'];
  readonly signal?: AbortSignal;
}

function run({ response, capacity = 100, write, signal }: Run) {
  const written: string[] = [];
  const ends: string[] = [];
  const progress: Progress[] = [];
  const sink: Sink = {
    write: write ?? ((chunk) => void written.push(new TextDecoder().decode(chunk))),
    close: () => void ends.push('close'),
    abort: () => void ends.push('abort'),
  };
  const result = saveStream(LINK, {
    fetch: () =>
      response instanceof Error ? Promise.reject(response) : Promise.resolve(response!),
    sink,
    capacity,
    signal: signal ?? new AbortController().signal,
    onProgress: (step) => void progress.push(step),
  });
  return { result, written, ends, progress };
}

describe('a download into the page', () => {
  it('writes every part in order, tells how far it is, and closes the file', async () => {
    const headers = { 'content-length': '6' };
    const response = new Response(bodyOf('abc', 'de', 'f'), { headers });
    const { result, written, ends, progress } = run({ response });
    expect(await result).toEqual({ kind: 'saved', bytes: 6 });
    expect(written).toEqual(['abc', 'de', 'f']);
    expect(ends).toEqual(['close']);
    expect(progress).toEqual([
      { received: 3, total: 6 },
      { received: 5, total: 6 },
      { received: 6, total: 6 },
    ]);
  });

  it('does without a length', async () => {
    const { result, progress } = run({ response: new Response(bodyOf('abc')) });
    expect(await result).toEqual({ kind: 'saved', bytes: 3 });
    expect(progress).toEqual([{ received: 3, total: null }]);
  });

  it.each<[string, string, Run]>([
    ['blocked', 'a store the page may not read', { response: new TypeError('Failed to fetch') }],
    ['refused', 'a link that has ended', { response: new Response('{}', { status: 403 }) }],
    ['missing', 'a file that is gone', { response: refusalWith(404, 'NOT_FOUND') }],
    ['busy', 'a store with too much to do', { response: refusalWith(503, 'UNAVAILABLE') }],
    ['unreadable', 'a file it may not read', { response: refusalWith(403, 'FILE_NOT_READABLE') }],
    ['refused', 'a link that it says has ended', { response: refusalWith(403, 'LINK_EXPIRED') }],
    ['refused', 'a page of another store', { response: new Response('<x>', { status: 403 }) }],
    [
      'refused',
      'an error of great length',
      { response: refusalWith(403, 'FILE_NOT_READABLE', ' '.repeat(5000)) },
    ],
    [
      'refused',
      'an error of no form',
      { response: new Response('null', { status: 403, headers: { 'content-length': '4' } }) },
    ],
    [
      'tooLarge',
      'a file larger than the place for it',
      { response: new Response('x', { headers: { 'content-length': '101' } }) },
    ],
    [
      'tooLarge',
      'a file without a length that turns out too large',
      { response: new Response(bodyOf('a'.repeat(60), 'b'.repeat(60))) },
    ],
    [
      'brokenOff',
      'a connection that breaks',
      { response: new Response(bodyOf('abc', new Error('reset'))) },
    ],
    [
      'brokenOff',
      'a body that ends early',
      { response: new Response(bodyOf('abc'), { headers: { 'content-length': '6' } }) },
    ],
    [
      'notWritten',
      'a full disk',
      {
        response: new Response(bodyOf('abc')),
        write: () => Promise.reject(new Error('QuotaExceededError')),
      },
    ],
  ])('says %s of %s, and leaves no file', async (kind, _what, what) => {
    const { result, ends } = run(what);
    expect(await result).toEqual({ kind });
    expect(ends).toEqual(['abort']);
  });

  it('leaves no file when it is cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    const { result, ends } = run({
      response: new DOMException('cancelled', 'AbortError'),
      signal: controller.signal,
    });
    await expect(result).rejects.toMatchObject({ name: 'AbortError' });
    expect(ends).toEqual(['abort']);
  });
});
