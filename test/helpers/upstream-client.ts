import { Secret } from '../../src/config/secret.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { createUpstreamClient, type UpstreamClientOptions } from '../../src/upstream/client.js';
import { createMemoryBudget } from '../../src/upstream/policy/budget.js';
import { createReplyMemory } from '../../src/upstream/reply-memory.js';
import { closing } from './closing.js';

/** A key pair for tests, with a token of temporary credentials. */
export const TEST_CREDENTIALS = {
  accessKeyId: 'TESTAK',
  secretAccessKey: new Secret('TESTSECRET'),
};

/**
 * An upstream client that retries immediately and without limit and never logs; `options` replace
 * its own.
 */
export function testClient(
  options: Partial<UpstreamClientOptions> & Pick<UpstreamClientOptions, 'origin'>,
) {
  const client = createUpstreamClient({
    credentials: TEST_CREDENTIALS,
    timeoutMs: 5000,
    attemptTimeoutMs: 2000,
    maxRetries: 2,
    maxConcurrency: 32,
    budget: createMemoryBudget({ maxPerMinute: 100_000 }),
    memory: createReplyMemory(),
    logger: createLogger('silent'),
    wait: () => Promise.resolve(),
    // Tests cause many failures with one client.
    lanes: { minAttempts: Infinity },
    retryReserve: Infinity,
    ...options,
  });
  return { ...client, close: closing(() => client.close()) };
}
