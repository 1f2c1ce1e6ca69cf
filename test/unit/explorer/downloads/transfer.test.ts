import { describe, expect, it } from '@jest/globals';
import {
  type LinkSource,
  type Position,
  type RenewedLink,
  transfer,
} from '../../../../src/explorer/downloads/transfer.js';
import { bodyOf, memorySink } from './fakes.js';

const CONTENT = '0123456789';
const ETAG = '"e1"';

interface Script {
  /** The store's responses, in order; functions receive the first byte requested. */
  readonly answers: readonly (Response | Error | ((from: number) => Response))[];
  readonly opened?: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly etag?: string | null;
  readonly total?: number | null;
  readonly from?: number;
  readonly isExpired?: boolean;
  readonly renewed?: readonly RenewedLink[];
  readonly fault?: { write?: boolean; close?: boolean };
  readonly signal?: AbortSignal;
}

/** The rest of the content, as the response to a range request. */
function rest(from: number, ...parts: (string | Error)[]): Response {
  const headers = { 'content-range': `bytes ${from}-9/10`, etag: ETAG };
  const given = parts.length === 0 ? [CONTENT.slice(from)] : parts;
  return new Response(bodyOf(...given) as BodyInit, { status: 206, headers });
}

function run({ answers, opened, etag = ETAG, total = 10, from = 0, ...script }: Script) {
  const asked: string[] = [];
  const waits: number[] = [];
  const phases: string[] = [];
  const left = [...answers];
  const renewals = [...(script.renewed ?? [])];
  const { sink, written, ends } = memorySink(script.fault);
  const position: Position = { received: from, total, etag };
  const links: LinkSource = {
    current: () => (script.isExpired ? null : 'link-1'),
    renew: () => Promise.resolve(renewals.shift() ?? { kind: 'link', url: 'link-2' }),
  };
  const end = transfer(opened ? { total, etag, body: opened } : null, {
    links,
    sink,
    position,
    signal: script.signal ?? new AbortController().signal,
    fetch: (link, init) => {
      const { range = 'all' } = (init?.headers ?? {}) as Record<string, string>;
      asked.push(`${link as string} ${range}`);
      const next = left.shift() ?? new Error('The script is over.');
      if (next instanceof Error) return Promise.reject(next);
      return Promise.resolve(
        typeof next === 'function' ? next(Number(/\d+/.exec(range)?.[0] ?? 0)) : next,
      );
    },
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    onProgress: (phase) => {
      if (phases.at(-1) !== phase) phases.push(phase);
    },
  });
  return { end, asked, waits, phases, written, ends, position };
}

const body = (...parts: (string | Error)[]) =>
  bodyOf(...parts) as ReadableStream<Uint8Array<ArrayBuffer>>;
const BROKEN = new TypeError('network error');

describe('a transfer', () => {
  it('writes every part in order and closes the file', async () => {
    const { end, written, ends, asked } = run({ answers: [], opened: body('012', '3456789') });
    expect(await end).toBe('saved');
    expect(written).toEqual(['012', '3456789']);
    expect([ends, asked]).toEqual([['close'], []]);
  });

  it('resumes from the bytes received when the connection breaks', async () => {
    const { end, written, asked, waits, phases } = run({
      answers: [(from) => rest(from, '45', BROKEN), rest],
      opened: body('0123', BROKEN),
    });
    expect(await end).toBe('saved');
    expect(written.join('')).toBe(CONTENT);
    expect(asked).toEqual(['link-1 bytes=4-', 'link-1 bytes=6-']);
    expect(waits).toEqual([1000, 1000]);
    expect(phases).toEqual(['running', 'waiting', 'running', 'waiting', 'running']);
  });

  it('treats a short body as a broken connection', async () => {
    const { end, written, asked } = run({ answers: [rest], opened: body('0123') });
    expect(await end).toBe('saved');
    expect([written.join(''), asked]).toEqual([CONTENT, ['link-1 bytes=4-']]);
  });

  it.each([
    ['the link is about to expire', { isExpired: true, answers: [rest] }, 1],
    ['the store rejects the old link', { answers: [new Response('', { status: 403 }), rest] }, 2],
    ['the error is unreadable', { answers: [BROKEN, rest] }, 2],
  ])('requests a new link when %s', async (_when, script, requests) => {
    const { end, written, asked } = run({ ...script, opened: body('0123', BROKEN) });
    expect(await end).toBe('saved');
    expect(written.join('')).toBe(CONTENT);
    expect(asked).toHaveLength(requests);
    expect(asked.at(-1)).toBe('link-2 bytes=4-');
  });

  it('waits longer after each attempt without bytes, then pauses', async () => {
    const { end, waits, position, ends } = run({
      answers: Array.from({ length: 9 }, () => BROKEN),
      opened: body('0123', BROKEN),
    });
    expect(await end).toBe('unreachable');
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000]);
    expect([position, ends]).toEqual([{ received: 4, total: 10, etag: ETAG }, []]);
  });

  it('does not count interruptions between which bytes arrived', async () => {
    const script = Array.from(CONTENT.slice(1, 9)).map((digit) => (from: number) => {
      return rest(from, digit, BROKEN);
    });
    const { end, written } = run({ answers: [...script, rest], opened: body('0', BROKEN) });
    expect(await end).toBe('saved');
    expect(written.join('')).toBe(CONTENT);
  });

  it('pauses if the service issues no new link, and retries if that may help', async () => {
    const passing = { kind: 'none', isPassing: true } as const;
    const opened = () => body('0123', BROKEN);
    const again = run({ answers: [rest], opened: opened(), isExpired: true, renewed: [passing] });
    expect(await again.end).toBe('saved');
    const renewed = [{ kind: 'none', isPassing: false } as const];
    const never = run({ answers: [], opened: opened(), isExpired: true, renewed });
    expect(await never.end).toBe('noLink');
  });

  it('joins nothing if the file cannot be identified', async () => {
    const { end, asked } = run({ answers: [rest], opened: body('0123', BROKEN), etag: null });
    expect(await end).toBe('brokenOff');
    expect(asked).toEqual([]);
  });

  it('does not join another file', async () => {
    const headers = { 'content-range': 'bytes 4-9/10', etag: '"e2"' };
    const other = new Response('456789', { status: 206, headers });
    const { end, written } = run({ answers: [other], opened: body('0123', BROKEN) });
    expect(await end).toBe('changed');
    expect(written).toEqual(['0123']);
  });

  it('never writes more than the store has, as it would if a proxy had decoded the file', async () => {
    const { end, written, position } = run({ answers: [], opened: body('01234567', '89abc') });
    expect(await end).toBe('encoded');
    expect([written, position.received]).toEqual([['01234567'], 8]);
  });

  it.each([['write'], ['close']] as const)('fails if the file fails to %s', async (step) => {
    const { end } = run({ answers: [], opened: body(CONTENT), fault: { [step]: true } });
    expect(await end).toBe('notWritten');
  });

  it('succeeds if all bytes are already there', async () => {
    const whole = new Response(null, { status: 416, headers: { 'content-range': 'bytes */10' } });
    const { end, ends } = run({ answers: [whole], from: 10 });
    expect(await end).toBe('saved');
    expect(ends).toEqual(['close']);
  });

  it('keeps what it has when aborted', async () => {
    const controller = new AbortController();
    let isAsked = false;
    const opened = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(stream) {
        if (isAsked) controller.abort();
        else stream.enqueue(new TextEncoder().encode('0123'));
        isAsked = true;
      },
    });
    const { end, ends, position } = run({ answers: [], opened, signal: controller.signal });
    await expect(end).rejects.toThrow(/abort/i);
    expect([ends, position.received]).toEqual([[], 4]);
  });
});
