import { describe, expect, it } from '@jest/globals';
import { createStopController, type StopSignal } from '../../../src/domain/stop-signal.js';

const reason = new Error('enough');

/** The platform's signal and ours, which listeners cannot tell apart. */
const MAKERS: readonly [string, () => { signal: StopSignal; abort: (reason: unknown) => void }][] =
  [
    ['an AbortController', () => new AbortController()],
    ['a StopController', createStopController],
  ];

describe.each(MAKERS)('the signal of %s', (_name, create) => {
  it('notifies each listener once, with the first reason', () => {
    const controller = create();
    const { signal } = controller;
    const told: unknown[] = [];
    signal.addEventListener('abort', () => told.push(signal.reason));
    signal.addEventListener('abort', () => told.push(signal.aborted));
    expect([signal.aborted, signal.reason]).toEqual([false, undefined]);
    controller.abort(reason);
    controller.abort(new Error('again'));
    expect(told).toEqual([reason, true]);
    expect([signal.aborted, signal.reason]).toEqual([true, reason]);
  });

  it('throws its reason only once it is aborted', () => {
    const controller = create();
    const { signal } = controller;
    signal.throwIfAborted();
    controller.abort(reason);
    expect(() => {
      signal.throwIfAborted();
    }).toThrow(reason);
  });
});
