import { describe, expect, it, jest } from '@jest/globals';
import { createStopController } from '../../../../src/domain/stop-signal.js';
import { wait } from '../../../../src/upstream/policy/wait.js';

const reason = new Error('the caller is gone');

describe('a wait', () => {
  it('ends by itself and leaves no listener', async () => {
    const { signal, abort } = createStopController();
    await expect(wait(1, signal)).resolves.toBeUndefined();
    abort(reason);
  });

  it('rejects immediately with the reason and leaves no timer', async () => {
    jest.useFakeTimers();
    try {
      const { signal, abort } = createStopController();
      const waiting = wait(60_000, signal);
      abort(reason);
      await expect(waiting).rejects.toBe(reason);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('does not start for an aborted call', async () => {
    const { signal, abort } = createStopController();
    abort(reason);
    await expect(wait(60_000, signal)).rejects.toBe(reason);
  });
});
