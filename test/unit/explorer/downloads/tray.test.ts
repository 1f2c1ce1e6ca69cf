import { afterEach, describe, expect, it } from '@jest/globals';
import { createTray, type Download, isAtStake } from '../../../../src/explorer/downloads/tray.js';
import type { Bytes } from '../../../../src/explorer/downloads/store-answer.js';
import { until } from '../../../helpers/until.js';
import { memorySink } from './fakes.js';

const ETAG = '"e1"';

/** A file on disk, as the browser passes it to a page. */
function fakeFile(name: string, fault: { write?: boolean; close?: boolean } = {}) {
  const sinks: ReturnType<typeof memorySink>[] = [];
  let removed = 0;
  const handle = {
    name,
    isSameEntry: (other: unknown) => Promise.resolve(other === handle),
    createWritable() {
      sinks.push(memorySink(fault));
      return Promise.resolve(sinks.at(-1)!.sink);
    },
    getFile: () => Promise.resolve({ size: 0 }),
    remove: () => Promise.resolve(void (removed += 1)),
  };
  return {
    handle: handle as unknown as FileSystemFileHandle,
    sinks,
    removed: () => removed,
    text: () => sinks.at(-1)!.written.join(''),
  };
}

/** A body fed by the test. */
function feed() {
  let controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({ start: (c) => void (controller = c) });
  return {
    body,
    give: (text: string) => {
      controller.enqueue(new TextEncoder().encode(text));
    },
    end: () => {
      controller.close();
    },
    breakOff: () => {
      controller.error(new TypeError('network error'));
    },
  };
}

const opened = (body: Bytes['body'], etag: string | null = ETAG): Bytes => ({
  total: 10,
  etag,
  body,
});

let leave = (): void => undefined;

afterEach(() => {
  leave();
});

function setUp() {
  const asked: (string | undefined)[] = [];
  const answers: Response[] = [];
  let now = 0;
  const tray = createTray({
    fetch: (_link, init) => {
      asked.push((init?.headers as Record<string, string>)['range']);
      const next = answers.shift();
      return next ? Promise.resolve(next) : Promise.reject(new TypeError('Failed to fetch'));
    },
    now: () => (now += 500),
    wait: () => Promise.resolve(),
  });
  leave = () => {
    for (const { id } of tray.list()) tray.remove(id);
  };
  const links = {
    current: () => 'link',
    renew: () => Promise.resolve({ kind: 'link', url: 'link' } as const),
  };
  const start = (file: ReturnType<typeof fakeFile>, bytes: Bytes) =>
    tray.start({ links, opened: bytes, handle: file.handle, sizeBytes: null });
  const only = (): Download => tray.list()[0]!;
  const ended = (kind: Download['state']['kind']) => until(() => only().state.kind === kind);
  /** A download that has received `0123` of its ten bytes. */
  async function started(etag: string | null = ETAG) {
    const [source, file] = [feed(), fakeFile('a.bak')];
    await start(file, opened(source.body, etag));
    source.give('0123');
    await until(() => file.text() === '0123');
    return { source, file, id: only().id };
  }
  return { tray, start, only, ended, started, asked, answers };
}

const rest = (from: number, text: string) =>
  new Response(text, {
    status: 206,
    headers: { 'content-range': `bytes ${from}-9/10`, etag: ETAG },
  });

describe('the download tray', () => {
  it('runs several downloads at once, each to its own end', async () => {
    const { tray, start } = setUp();
    const [a, b] = [feed(), feed()];
    const [fileA, fileB] = [fakeFile('a.bak'), fakeFile('b.bak')];
    expect(await start(fileA, opened(a.body))).toHaveProperty('ended');
    expect(await start(fileB, opened(b.body))).toHaveProperty('ended');
    b.give('0123456789');
    b.end();
    await until(() => tray.list()[1]?.state.kind === 'saved');
    expect(tray.list().map(isAtStake)).toEqual([true, false]);
    a.give('0123456789');
    a.end();
    await until(() => tray.list()[0]?.state.kind === 'saved');
    expect([fileA.text(), fileB.text()]).toEqual(['0123456789', '0123456789']);
  });

  it('rejects a second download into one file, and leaves the first alone', async () => {
    const { tray, start } = setUp();
    const [first, second] = [feed(), feed()];
    const file = fakeFile('a.bak');
    await start(file, opened(first.body));
    expect(await start(file, opened(second.body))).toBe('sameFile');
    first.give('0123456789');
    first.end();
    await until(() => tray.list()[0]?.state.kind === 'saved');
    expect(tray.list()).toHaveLength(1);
    // The download ended, so the file is free again.
    expect(await start(file, opened(feed().body))).toHaveProperty('ended');
  });

  it('pauses, and resumes from the bytes received', async () => {
    const { tray, started, only, ended, asked, answers } = setUp();
    const { file, id } = await started();
    tray.pause(id);
    expect([only().state.kind, isAtStake(only())]).toEqual(['paused', true]);
    answers.push(rest(4, '456789'));
    tray.resume(id);
    await ended('saved');
    expect([file.text(), asked]).toEqual(['0123456789', ['bytes=4-']]);
  });

  it('survives pausing and resuming in quick succession', async () => {
    const { tray, started, ended, answers } = setUp();
    const { file, id } = await started();
    answers.push(rest(4, '456789'));
    for (let times = 0; times < 3; times += 1) {
      tray.pause(id);
      tray.resume(id);
    }
    await ended('saved');
    expect(file.text()).toBe('0123456789');
  });

  it('retries after giving up, on request', async () => {
    const { tray, started, only, ended, answers } = setUp();
    const { source, file, id } = await started();
    source.breakOff();
    await ended('stopped');
    expect(only()).toMatchObject({ received: 4, state: { why: 'unreachable', resumes: true } });
    answers.push(rest(4, '456789'));
    tray.resume(id);
    await ended('saved');
    expect(file.text()).toBe('0123456789');
  });

  it('starts over if the rest may belong to another file', async () => {
    const { tray, started, only, ended, asked, answers } = setUp();
    const { source, file, id } = await started(null);
    source.breakOff();
    await ended('stopped');
    expect(only().state).toEqual({ kind: 'stopped', why: 'brokenOff', resumes: false });
    answers.push(new Response('0123456789', { headers: { 'content-length': '10' } }));
    tray.resume(id);
    await ended('saved');
    expect([file.text(), asked]).toEqual(['0123456789', [undefined]]);
    expect(file.sinks.map(({ ends }) => ends)).toEqual([['abort'], ['close']]);
  });

  it.each([['write'], ['close']] as const)('fails if the disk is full at %s', async (step) => {
    const { start, only, ended } = setUp();
    const source = feed();
    await start(fakeFile('a.bak', { [step]: true }), opened(source.body));
    source.give('0123456789');
    source.end();
    await ended('stopped');
    expect(only().state).toEqual({ kind: 'stopped', why: 'notWritten', resumes: false });
    expect(isAtStake(only())).toBe(false);
  });

  it('removes everything of a cancelled download', async () => {
    const { tray, started } = setUp();
    const { file, id } = await started();
    tray.remove(id);
    expect(tray.list()).toEqual([]);
    await until(() => file.removed() === 1);
    expect(file.sinks[0]?.ends).toEqual(['abort']);
  });

  it('measures the rate over the last seconds', async () => {
    const { tray, start, only } = setUp();
    const source = feed();
    await start(fakeFile('a.bak'), opened(source.body));
    const rates: (number | null)[] = [];
    tray.subscribe(() => {
      const state = tray.list()[0]?.state;
      if (state?.kind === 'running') rates.push(state.rate);
    });
    for (const digit of '01234') {
      source.give(digit);
      await until(() => only().received === Number(digit) + 1);
    }
    expect(rates.at(-1)).toBe(2);
  });
});
