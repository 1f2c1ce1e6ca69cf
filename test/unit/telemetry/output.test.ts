import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { createOutput, type Output } from '../../../src/telemetry/output.js';

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

let state: ReturnType<typeof pipe>['state'];
let output: Output;

beforeEach(() => {
  const reader = pipe();
  state = reader.state;
  output = createOutput({
    write: reader.write,
    toDroppedLine: (count, reason) => `${count} dropped: ${JSON.stringify(reason)}\n`,
    maxWaiting: 20,
  });
});

describe('lines of the log', () => {
  it('of one event loop turn share one write, in order', async () => {
    output.log('one\n');
    output.log('two\n');
    await Promise.resolve();
    output.log('three\n');
    expect(state.writes).toBe(0);
    await turn();
    expect(state).toMatchObject({ text: 'one\ntwo\nthree\n', writes: 1 });
  });

  it('wait for a slow reader and arrive complete', async () => {
    state.room = 2;
    output.log('one\n');
    await turn();
    expect(state.text).toBe('on');
    output.log('two\n');
    await turn();
    state.room = Infinity;
    await output.flush(10_000);
    expect(state.text).toBe('one\ntwo\n');
    expect(output.dropped()).toBe(0);
  });

  it('are dropped and counted if too many are pending, and one line reports the number', async () => {
    state.room = 0;
    for (let i = 0; i < 10; i += 1) output.log(`line ${i}\n`);
    await turn();
    expect(output.dropped()).toBe(8);
    state.room = Infinity;
    await output.flush(10_000);
    expect(state.text).toBe(
      'line 0\nline 1\n8 dropped: {"error":{"message":"the log is written faster than it is read"}}\n',
    );
    output.log('line 10\n');
    await turn();
    expect(state.text).toMatch(/\}\nline 10\n$/);
  });

  it.each(['EPIPE', 'ENOSPC', 'EIO'])(
    'are dropped after %s and reported on recovery',
    async (code) => {
      state.error = failure(code);
      for (let i = 0; i < 3; i += 1) {
        output.log('lost\n');
        await turn();
      }
      expect(output.dropped()).toBe(3);
      // Each turn tries once: a stream that is broken is not tried in a loop.
      expect(state.writes).toBe(3);
      state.error = null;
      output.log('kept\n');
      await turn();
      expect(state.text).toMatch(/^kept\n3 dropped: .*\n$/);
      expect(state.text).toContain(code);
    },
  );

  it('do not merge with a partial line of a failed write', async () => {
    state.room = 2;
    output.log('torn\n');
    await turn();
    state.error = failure('ENOSPC');
    output.flushSync(0);
    state.error = null;
    state.room = Infinity;
    output.log('whole\n');
    await turn();
    expect(state.text).toMatch(/^to\nwhole\n1 dropped/);
  });
});

describe('an awaited write', () => {
  it('resolves when all of it is accepted, after earlier lines', async () => {
    output.log('log\n');
    state.room = 6;
    let isWritten = false;
    const written = output.write('audit\n').then(() => (isWritten = true));
    output.log('next\n');
    await turn();
    expect(state.text).toBe('log\nau');
    expect(isWritten).toBe(false);
    state.room = Infinity;
    await written;
    await output.flush(10_000);
    expect(state.text).toBe('log\naudit\nnext\n');
  });

  it('fails with the error of the system', async () => {
    state.error = failure('EPIPE');
    await expect(output.write('audit\n')).rejects.toThrow('EPIPE');
    expect(output.dropped()).toBe(0);
  });

  it('of an empty text tests for recovery', async () => {
    state.error = failure('ENOSPC');
    await expect(output.write('audit\n')).rejects.toThrow('ENOSPC');
    await expect(output.write('')).rejects.toThrow('ENOSPC');
    state.error = null;
    await output.write('');
    await output.write('');
    expect(state.text).toBe('\n');
  });
});

describe('the end', () => {
  it('is not delayed by a missing reader', async () => {
    state.room = 0;
    output.log('one\n');
    await output.flush(1);
    output.flushSync(1);
    expect(state.text).toBe('');
  });

  it('writes pending lines immediately', () => {
    output.log('last words\n');
    output.flushSync(0);
    expect(state.text).toBe('last words\n');
  });
});
