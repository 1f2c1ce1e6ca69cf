import { it } from '@jest/globals';
import { createLoopDelay } from '../../../../src/upstream/policy/loop-delay.js';
import { until } from '../../../helpers/until.js';

const busyFor = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

it('shows how long the event loop is held up', async () => {
  const loopDelay = createLoopDelay();
  await until(() => {
    busyFor(60);
    return loopDelay.recent() > 40;
  });
  loopDelay.close();
});
