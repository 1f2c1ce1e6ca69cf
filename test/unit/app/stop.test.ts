import { describe, expect, it } from '@jest/globals';
import { createClosers, createStopSignals } from '../../../src/app/stop.js';

describe('closers', () => {
  it('close in reverse order, one after the other', async () => {
    const closers = createClosers();
    const events: string[] = [];
    for (const name of ['a', 'b']) {
      closers.add(async () => {
        events.push(`${name} begins`);
        await Promise.resolve();
        events.push(`${name} ends`);
      });
    }
    await closers.closeAll(1000);
    expect(events).toEqual(['b begins', 'b ends', 'a begins', 'a ends']);
  });

  it('are all closed even if some fail; the failures are thrown together', async () => {
    const closers = createClosers();
    const closed: string[] = [];
    const [first, second] = [new Error('first'), new Error('second')];
    closers.add(() => void closed.push('a'));
    closers.add(() => {
      throw second;
    });
    closers.add(() => Promise.reject(first));
    closers.add(() => void closed.push('b'));
    await expect(closers.closeAll(1000)).rejects.toMatchObject({ errors: [first, second] });
    expect(closed).toEqual(['b', 'a']);
  });

  it('continue past one that hangs, and name it', async () => {
    const closers = createClosers();
    const closed: string[] = [];
    closers.add(() => void closed.push('a'), 'a');
    closers.add(() => new Promise(() => undefined), 'Redis');
    await expect(closers.closeAll(20)).rejects.toMatchObject({
      errors: [expect.objectContaining({ message: 'Redis did not close in time' })],
    });
    expect(closed).toEqual(['a']);
  });
});

it.each<[string, [signal: string, afterMs: number][], string[]]>([
  ['repeated within half a second is one', [['SIGINT', 499.9]], ['SIGINT']],
  ['repeated later is a second one', [['SIGTERM', 500]], ['SIGTERM', 'again']],
  ['is one with another sent to the process group', [['SIGINT', 0]], ['SIGTERM']],
  [
    'counts from the first: echoes do not delay a second',
    Array.from({ length: 3 }, () => ['SIGINT', 200]),
    ['SIGINT', 'again'],
  ],
])('a stop signal %s', (_what, repeated, expected) => {
  const calls: string[] = [];
  let ms = 1_000_000;
  const send = createStopSignals({
    onFirst: (signal) => void calls.push(signal),
    onAgain: () => void calls.push('again'),
    now: () => ms,
  });
  send(expected[0]!);
  for (const [signal, afterMs] of repeated) {
    ms += afterMs;
    send(signal);
  }
  expect(calls).toEqual(expected);
});
