import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createStopController } from '../../../../src/domain/stop-signal.js';
import {
  AnswersBusyError,
  createAnswerMemory,
  type OpenAnswer,
  sizeOf,
} from '../../../../src/graphql/limits/answer-memory.js';

const MIB = 1024 * 1024;

function open(answers: OpenAnswer, callerId: string) {
  const { signal, abort } = createStopController();
  const leave = (): void => {
    abort(new Error('left'));
  };
  return { ...answers(callerId, signal), leave };
}

/** Responses of 10 MiB that a caller can hold at once. */
function countLarge(answers: OpenAnswer, callerId: string): number {
  for (let count = 0; ; count += 1) {
    try {
      open(answers, callerId).hold(10 * MIB);
    } catch (error) {
      expect(error).toBeInstanceOf(AnswersBusyError);
      return count;
    }
  }
}

it('gives half of the memory to one caller, the rest to others, and small responses to all', () => {
  const answers = createAnswerMemory(10 * MIB);
  expect(['a', 'b', 'c'].map((caller) => countLarge(answers, caller))).toEqual([3, 3, 0]);
  for (let count = 0; count < 2000; count += 1) open(answers, 'a').hold(64 * 1024);
});

it('fits two of the largest responses of one caller, whatever their limit', () => {
  expect(countLarge(createAnswerMemory(100 * MIB), 'a')).toBe(20);
});

it('replaces an estimate by the size, and gives both back once the response has left', () => {
  const answers = createAnswerMemory(10 * MIB);
  const answer = open(answers, 'a');
  answer.hold(30 * MIB);
  expect(countLarge(answers, 'a')).toBe(0);
  answer.correct(MIB);
  expect(countLarge(answers, 'a')).toBe(3);
  const last = open(answers, 'b');
  last.hold(30 * MIB);
  last.leave();
  // Executed for a client that has disconnected.
  last.hold(30 * MIB);
  last.correct(30 * MIB);
  expect(countLarge(answers, 'b')).toBe(3);
});

const isLargerThan = (value: unknown, max: number): boolean => sizeOf(value, max) > max;
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe('the estimated size of an answer', () => {
  it('equals that of its JSON, give or take a separator for each part', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }), (value) => {
        const bytes = bytesOf(value);
        const parts = JSON.stringify(value).split(/[[{,]/).length;
        expect(isLargerThan(value, bytes + parts)).toBe(false);
        if (bytes > 1) expect(isLargerThan(value, bytes - 1)).toBe(true);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it.each([
    ['control characters', '\u0001'.repeat(100), 602],
    ['quotes', '"'.repeat(100), 202],
    ['characters of three bytes', '订'.repeat(100), 302],
    ['halves of a pair', '\ud800'.repeat(100), 602],
    ['a member that is left out', { a: undefined, b: 1 }, 8],
  ])('counts %s as serialized', (_what, value, bytes) => {
    expect(isLargerThan(value, bytes)).toBe(false);
    expect(isLargerThan(value, bytes - 2)).toBe(true);
  });

  it('stops counting beyond the limit', () => {
    let read = 0;
    const row = {
      get name() {
        read += 1;
        return 'n'.repeat(1000);
      },
    };
    expect(
      isLargerThan(
        Array.from({ length: 100_000 }, () => row),
        10_000,
      ),
    ).toBe(true);
    expect(read).toBeLessThan(30);
  });
});
