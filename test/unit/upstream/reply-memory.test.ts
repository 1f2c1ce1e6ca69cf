import { describe, expect, it } from '@jest/globals';
import { createStopController } from '../../../src/domain/stop-signal.js';
import { createReplyMemory, weightOf } from '../../../src/upstream/reply-memory.js';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('the memory of replies', () => {
  it('is taken up to its limit and given back', () => {
    const memory = createReplyMemory(100);
    expect([memory.take(60), memory.take(50), memory.take(40)]).toEqual([true, false, true]);
    memory.giveBack(60);
    expect(memory.used()).toBe(40);
  });

  it('counts an answer once, until the last request that holds it ends', () => {
    const memory = createReplyMemory(100);
    const answer = { weight: 80 };
    const [one, other] = [createStopController(), createStopController()];
    memory.hold(answer, one.signal);
    memory.hold(answer, other.signal);
    expect(memory.used()).toBe(80);
    one.abort(new Error('over'));
    expect(memory.used()).toBe(80);
    other.abort(new Error('over'));
    expect(memory.used()).toBe(0);
  });

  it('refuses an answer beyond its limit, and leaves none of it counted', () => {
    const memory = createReplyMemory(100);
    const { signal } = createStopController();
    memory.hold({ weight: 80 }, signal);
    expect(() => memory.hold({ weight: 21 }, signal)).toThrow(
      expect.objectContaining({ code: 'UPSTREAM_UNAVAILABLE', cause: { code: 'REPLY_MEMORY' } }),
    );
    expect(memory.used()).toBe(80);
  });

  it('does not count answers of a request that is over', () => {
    const memory = createReplyMemory(100);
    const { signal, abort } = createStopController();
    abort(new Error('over'));
    memory.hold({ weight: 80 }, signal);
    expect(memory.used()).toBe(0);
  });
});

describe('the weight of a body', () => {
  it.each([
    ['objects', '{},'],
    ['lists', '[],'],
    ['texts', '"a",'],
    ['members', '"a":1,'],
  ])('is that of what is parsed from it, for many small %s', (_name, item) => {
    const body = Buffer.from(item.repeat(MIB / item.length));
    expect(weightOf(body)).toBeGreaterThan(9 * body.length);
  });

  it('is about twice that of its text, for long texts', () => {
    expect(weightOf(Buffer.alloc(4 * MIB, 'x'))).toBe(8 * MIB);
  });

  it('is a fixed multiple of a small body', () => {
    expect(weightOf(Buffer.from('{},'.repeat(KIB)))).toBe(5 * 3 * KIB);
  });
});
