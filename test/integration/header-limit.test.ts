import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { temporaryFolder, sampleBelow } from '../helpers/embedded.js';
import { type CompiledProduct, compileProduct, startProcess } from '../helpers/product-process.js';

const BIG = 'x'.repeat(20_000);

let compiled: CompiledProduct;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  compiled = await compileProduct();
  folder = await temporaryFolder();
}, 60_000);

afterAll(async () => {
  await folder.remove();
  await compiled.remove();
});

it.each<[string, Record<string, string>, number]>([
  ['nothing', {}, 431],
  ['the option of Node', { NODE_OPTIONS: '--max-http-header-size=65536' }, 200],
  ['MAX_HEADER_BYTES', { MAX_HEADER_BYTES: '65536' }, 200],
  [
    'both, of which the setting counts',
    { NODE_OPTIONS: '--max-http-header-size=65536', MAX_HEADER_BYTES: '16384' },
    431,
  ],
])(
  'a token of 20,000 characters is subject to the configured limit: %s',
  async (_what, env, status) => {
    const product = await startProcess(compiled, {
      EMBEDDED_DIR: await sampleBelow(folder.path),
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
