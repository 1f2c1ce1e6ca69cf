import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * The tests of made-up requests with many more runs than `npm test` gives them, for
 * `npm run fuzz -- <runs>` (5,000 of each kind unless told). Each prints its seed where it fails;
 * FUZZ_SEED runs it again.
 */
const runs = Number(process.argv[2] ?? 5000);
if (!(Number.isInteger(runs) && runs >= 1)) throw new Error('fuzz: expected a number of runs');

const jest = fileURLToPath(new URL('../../node_modules/jest/bin/jest.js', import.meta.url));
const options = ['--experimental-vm-modules', jest, '--runInBand', 'test/integration/fuzz'];
const child = spawn(process.execPath, options, {
  env: { ...process.env, FUZZ_RUNS: String(runs) },
  stdio: 'inherit',
});
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
