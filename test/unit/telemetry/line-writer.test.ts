import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { createLineWriter, type LineWriter } from '../../../src/telemetry/line-writer.js';

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** A pipe with room for some bytes, or one that fails. */
function pipe() {
  const state = { text: '', writes: 0, room: Infinity, error: null as Error | null };
  const write = (bytes: Buffer, offset: number): number => {
    state.writes += 1;
    if (state.error) throw state.error;
    const count = Math.min(state.room, bytes.length - offset);
    if (count === 0 && bytes.length > 0) throw failure('EAGAIN');
    state.room -= count;
    state.text += bytes.toString('utf8', offset, offset + count);
    return count;
  };
  return { state, write };
}

const pass = (ms: number): void => jest.advanceTimersByTime(ms);

let state: ReturnType<typeof pipe>['state'];
let output: LineWriter;

beforeEach(() => {
  // The end of the process waits by the real clock.
  jest.useFakeTimers({ doNotFake: ['performance', 'setImmediate', 'clearImmediate'] });
  const reader = pipe();
  state = reader.state;
  output = createLineWriter({
    target: { write: reader.write },
    toDroppedLine: (count, reason) => `${count} dropped: ${JSON.stringify(reason)}\n`,
    maxWaiting: 20,
  });
});

afterEach(() => {
  jest.useRealTimers();
});

describe('lines of the log', () => {
  it('of 10 ms share one write, in order', () => {
    output.log('one\n');
    pass(9);
    output.log('two\n');
    output.log('three\n');
    expect(state.writes).toBe(0);
    pass(1);
    expect(state).toMatchObject({ text: 'one\ntwo\nthree\n', writes: 1 });
  });

  it('are dropped and counted if too many are pending, and one line reports the number', () => {
    state.room = 0;
    for (let i = 0; i < 10; i += 1) output.log(`line ${i}\n`);
    pass(10);
    expect(output.dropped()).toBe(8);
    state.room = Infinity;
    pass(100);
    expect(state.text).toBe(
      'line 0\nline 1\n8 dropped: {"error":{"message":"the log is written faster than it is read"}}\n',
    );
    output.log('line 10\n');
    pass(10);
    expect(state.text).toMatch(/\}\nline 10\n$/);
  });

  it.each(['EPIPE', 'ENOSPC', 'EIO'])('are dropped after %s and reported on recovery', (code) => {
    state.error = failure(code);
    for (let i = 0; i < 3; i += 1) {
      output.log('lost\n');
      pass(10);
    }
    expect(output.dropped()).toBe(3);
    // Each window tries once: a stream that is broken is not tried in a loop.
    expect(state.writes).toBe(3);
    state.error = null;
    output.log('kept\n');
    pass(10);
    expect(state.text).toMatch(/^kept\n3 dropped: .*\n$/);
    expect(state.text).toContain(code);
  });
});

describe('lines that are lost', () => {
  it('are not those that a failed write still brought', () => {
    state.room = 7;
    for (const line of ['one\n', 'two\n', 'three\n']) output.log(line);
    pass(10);
    state.error = failure('ENOSPC');
    pass(100);
    expect(output.dropped()).toBe(2);
    state.error = null;
    state.room = Infinity;
    output.log('four\n');
    pass(10);
    expect(state.text).toMatch(/^one\ntwo\nfour\n2 dropped: .*ENOSPC/);
  });

  it('leave no partial line before the next one, however often it fails in between', () => {
    state.room = 2;
    output.log('torn\n');
    pass(10);
    state.error = failure('ENOSPC');
    pass(100);
    for (let i = 0; i < 3; i += 1) {
      output.log('lost\n');
      pass(10);
    }
    state.error = null;
    state.room = Infinity;
    output.log('whole\n');
    pass(10);
    expect(state.text).toMatch(/^to\nwhole\n4 dropped/);
  });
});

describe('any lines, taken in any pieces', () => {
  const line = fc
    .string({ unit: fc.constantFrom('a', 'é', '订', '😀', ' '), maxLength: 40 })
    .map((text) => `${text}\n`);

  it('arrive whole, in order, once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, fc.boolean(), fc.nat(50)), { maxLength: 30 }),
        (steps) => {
          const bytes: Buffer[] = [];
          let room = 0;
          const write = (from: Buffer, offset: number): number => {
            const count = Math.min(room, from.length - offset);
            if (count === 0 && from.length > 0) throw failure('EAGAIN');
            room -= count;
            bytes.push(Buffer.from(from.subarray(offset, offset + count)));
            return count;
          };
          const target = createLineWriter({ target: { write }, toDroppedLine: () => 'dropped' });
          for (const [text, isAwaited, more] of steps) {
            if (isAwaited) void target.write(text);
            else target.log(text);
            room += more;
            pass(7);
          }
          room = Infinity;
          target.flushSync(0);
          pass(100);
          expect(Buffer.concat(bytes).toString()).toBe(steps.map(([text]) => text).join(''));
        },
      ),
    );
  });
});

describe('an awaited write', () => {
  it('takes the log lines before it along, and shares its write with those of the same turn', async () => {
    output.log('log\n');
    const written = output.write('audit\n');
    await Promise.resolve();
    expect(output.write('more\n')).toBe(written);
    await written;
    pass(10);
    expect(state).toMatchObject({ text: 'log\naudit\nmore\n', writes: 1 });
  });

  it('resolves when all of it is accepted, after earlier lines', async () => {
    output.log('log\n');
    state.room = 6;
    let isWritten = false;
    const written = output.write('audit\n').then(() => (isWritten = true));
    await setImmediate();
    output.log('next\n');
    pass(10);
    expect(state.text).toBe('log\nau');
    expect(isWritten).toBe(false);
    state.room = Infinity;
    pass(100);
    await written;
    expect(state.text).toBe('log\naudit\nnext\n');
  });

  it('fails with the error of the system', async () => {
    state.error = failure('EPIPE');
    await expect(output.write('audit\n')).rejects.toThrow('EPIPE');
    expect(output.dropped()).toBe(0);
  });
});

describe('a target that takes its time', () => {
  interface Call {
    readonly text: string;
    readonly end: (result: number | Error) => void;
  }
  let calls: Call[];
  let lost: boolean[];
  let writer: LineWriter;

  beforeEach(() => {
    calls = [];
    lost = [];
    writer = createLineWriter({
      target: {
        write: (bytes, offset) =>
          new Promise((resolve, reject) => {
            const end = (result: number | Error): void => {
              if (typeof result === 'number') resolve(result);
              else reject(result);
            };
            calls.push({ text: bytes.toString('utf8', offset), end });
          }),
        isLost: () => Promise.resolve(lost.shift() ?? false),
      },
      maxWaiting: 20,
    });
  });

  it('gets one write at a time, and what is queued meanwhile at once, with one promise', async () => {
    const first = writer.write('one\n');
    await setImmediate();
    const [second, third] = [writer.write('two\n'), writer.write('three\n')];
    expect(second).toBe(third);
    await setImmediate();
    calls[0]!.end(2);
    await setImmediate();
    calls[1]!.end(2);
    await first;
    await setImmediate();
    calls[2]!.end(10);
    await second;
    expect(calls.map(({ text }) => text)).toEqual(['one\n', 'e\n', 'two\nthree\n']);
  });

  it('is written to again if the bytes are lost', async () => {
    lost = [true];
    const written = writer.write('one\n');
    await setImmediate();
    calls[0]!.end(4);
    await setImmediate();
    calls[1]!.end(4);
    await written;
    expect(calls.map(({ text }) => text)).toEqual(['one\n', 'one\n']);
  });

  it('fails its write alone, and its partial line does not merge with the next', async () => {
    const failed = writer.write('torn\n');
    await setImmediate();
    calls[0]!.end(2);
    await setImmediate();
    const next = writer.write('whole\n');
    calls[1]!.end(failure('ENOSPC'));
    await expect(failed).rejects.toThrow('ENOSPC');
    calls[2]!.end(7);
    await next;
    expect(calls[2]!.text).toBe('\nwhole\n');
  });

  it('accepts no more than its bound, and tells how long the system has blocked it', async () => {
    const first = writer.write('x'.repeat(15));
    await setImmediate();
    await expect(writer.write('y'.repeat(6))).rejects.toThrow('too much is pending');
    expect(writer.heldMs()).toBeGreaterThan(0);
    calls[0]!.end(15);
    await first;
    expect(writer.heldMs()).toBe(0);
  });

  it('abandons what is pending when closed', async () => {
    const [first, second] = [writer.write('one\n'), writer.write('two\n')];
    await writer.close();
    await expect(first).rejects.toThrow('closed');
    await expect(second).rejects.toThrow('closed');
  });
});

describe('the end', () => {
  it('waits for as long as the reader takes something', async () => {
    state.room = 0;
    for (const line of ['one\n', 'two\n', 'three\n']) output.log(line);
    let isOver = false;
    const flushed = output.flush(1000, 100_000).then(() => (isOver = true));
    for (let i = 0; i < 4; i += 1) {
      state.room = 3;
      await jest.advanceTimersByTimeAsync(999);
      expect(isOver).toBe(false);
    }
    state.room = 3;
    await jest.advanceTimersByTimeAsync(200);
    await flushed;
    expect(state.text).toBe('one\ntwo\nthree\n');
  });
});
