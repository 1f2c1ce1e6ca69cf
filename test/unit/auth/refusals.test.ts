import { expect, it } from '@jest/globals';
import { RefusedTokenError } from '../../../src/auth/authentication-error.js';
import { createRefusals } from '../../../src/auth/refusals.js';
import { createLogger } from '../../../src/telemetry/logger.js';

it('a flood of invalid tokens is logged as one line a minute per reason, with its count', () => {
  const log: string[] = [];
  const counted: string[] = [];
  let now = 0;
  const refusals = createRefusals({
    logger: createLogger('info', { write: (line) => void log.push(line) }),
    metrics: {
      refused: (reason) => void counted.push(reason),
      keysFetched: () => undefined,
      keyFetchFailed: () => undefined,
    },
    now: () => now,
  });
  const refuse = (reason: string, times: number): void => {
    for (let i = 0; i < times; i += 1)
      refusals.report(new RefusedTokenError(reason), `${reason} ${i}`);
  };
  refuse('aud: unexpected', 1000);
  refuse('exp: passed', 2);
  now = 60_000;
  refuse('aud: unexpected', 3);
  refusals.flush();
  refusals.flush();
  expect(
    log.map((line) => {
      const { msg, reason, count, httpRequestId } = JSON.parse(line);
      return [msg, reason, count, httpRequestId];
    }),
  ).toEqual([
    ['token refused', 'aud: unexpected', 1, 'aud: unexpected 0'],
    ['token refused', 'exp: passed', 1, 'exp: passed 0'],
    ['token refused', 'aud: unexpected', 1000, 'aud: unexpected 0'],
    ['token refused', 'aud: unexpected', 2, 'aud: unexpected 2'],
    ['token refused', 'exp: passed', 1, 'exp: passed 1'],
  ]);
  expect(counted).toHaveLength(1005);
});
