import { expect, it } from '@jest/globals';
import { createFindings } from '../../../src/embedded/catalogue/findings.js';
import { createLogger } from '../../../src/telemetry/logger.js';

it('logs a finding once, again after it was mended, and none beyond 10,000', () => {
  let lines = 0;
  const report = createFindings(createLogger('info', { write: () => void (lines += 1) }));
  report('manifest', 'a', {});
  report('manifest', 'a', {});
  expect(lines).toBe(1);
  report('manifest', 'a', null);
  report('manifest', 'a', {});
  expect(lines).toBe(2);
  for (let n = 0; n < 10_010; n += 1) report('files', `b${n}`, {});
  expect(lines).toBe(10_001);
  report('files', 'b1', null);
  report('files', 'c', {});
  expect(lines).toBe(10_002);
});
