import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createStopController } from '../../../../src/domain/stop-signal.js';
import { startDeadline, type Deadline } from '../../../../src/upstream/policy/deadline.js';

let deadline: Deadline | undefined;
afterEach(() => {
  deadline?.clear();
  jest.restoreAllMocks();
});

describe('a deadline', () => {
  it('aborts with UPSTREAM_TIMEOUT when it expires', async () => {
    deadline = startDeadline(1);
    const { signal } = deadline;
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', resolve);
    });

    expect(signal.reason).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });

  it('aborts earlier with the reason of the outer signal', () => {
    const outer = createStopController();
    const gone = new Error('gone');
    deadline = startDeadline(10_000, outer.signal);
    outer.abort(gone);

    expect(deadline.signal).toMatchObject({ aborted: true, reason: gone });
  });

  it('is aborted from the start if the outer signal is', () => {
    const outer = createStopController();
    const gone = new Error('gone');
    outer.abort(gone);
    deadline = startDeadline(10_000, outer.signal);

    expect(deadline.signal).toMatchObject({ aborted: true, reason: gone });
  });

  it('releases the outer signal when cleared', () => {
    const outer = createStopController();
    deadline = startDeadline(10_000, outer.signal);
    deadline.clear();
    outer.abort(new Error('gone'));

    expect(deadline.signal.aborted).toBe(false);
  });

  it.each([3_600_000, -3_600_000])('ignores a clock change of %d ms', (ms) => {
    deadline = startDeadline(10_000);
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + ms);

    expect(deadline.remaining()).toBeGreaterThan(0);
    expect(deadline.remaining()).toBeLessThanOrEqual(10_000);
  });
});
