import { expect, it } from '@jest/globals';
import { temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { startProcess } from '../helpers/product-process.js';

const BIG = 'x'.repeat(20_000);

const folder = temporaryFolder();

it.each<[string, Record<string, string>, number]>([
  ['the option of Node', { NODE_OPTIONS: '--max-http-header-size=65536' }, 200],
  [
    'both, of which the setting counts',
    { NODE_OPTIONS: '--max-http-header-size=65536', MAX_HEADER_BYTES: '16384' },
    431,
  ],
])(
  'a token of 20,000 characters is subject to the configured limit: %s',
  async (_what, env, status) => {
    const product = await startProcess({
      EMBEDDED_DIR: await sampleBelow(folder),
      ...env,
    });
    const response = await fetch(`${product.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${BIG}` },
      body: '{"query":"{__typename}"}',
    });
    const text = await response.text();
    product.kill('SIGTERM');
    await product.exited;
    expect([response.status, text]).toEqual([
      status,
      expect.stringContaining(status === 200 ? '"data"' : '"errors"'),
    ]);
  },
  60_000,
);
