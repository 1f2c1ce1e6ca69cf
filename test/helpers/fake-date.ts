import { jest } from '@jest/globals';

/** Sets the date of this process, without its timers, until `restoreDate`. @param ms since 1970 */
export function setDate(ms: number): void {
  jest.useFakeTimers({
    now: ms,
    doNotFake: [
      ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
      ...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] as const),
      ...(['setTimeout', 'clearTimeout'] as const),
    ],
  });
}

export function restoreDate(): void {
  jest.useRealTimers();
}
