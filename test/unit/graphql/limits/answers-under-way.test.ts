import { expect, it } from '@jest/globals';
import { createStopController } from '../../../../src/domain/stop-signal.js';
import {
  AnswersBusyError,
  type AnswersUnderWay,
  createAnswersUnderWay,
} from '../../../../src/graphql/limits/answers-under-way.js';

const MIB = 1024 * 1024;

function open(answers: AnswersUnderWay, callerId: string) {
  const { signal, abort } = createStopController();
  const leave = (): void => {
    abort(new Error('left'));
  };
  return { ...answers.open(callerId, signal), leave };
}

/** Responses of 10 MiB that a caller can hold at once. */
function countLarge(answers: AnswersUnderWay, callerId: string): number {
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
  const answers = createAnswersUnderWay({ maxBytes: 10 * MIB });
  expect(['a', 'b', 'c'].map((caller) => countLarge(answers, caller))).toEqual([3, 3, 0]);
  for (let count = 0; count < 2000; count += 1) open(answers, 'a').hold(64 * 1024);
});

it('fits two of the largest responses of one caller, whatever their limit', () => {
  expect(countLarge(createAnswersUnderWay({ maxBytes: 100 * MIB }), 'a')).toBe(20);
});

it('replaces an estimate by the size, and gives both back once the response has left', () => {
  const answers = createAnswersUnderWay({ maxBytes: 10 * MIB });
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
