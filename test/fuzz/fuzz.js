import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Runs the fuzz tests with many more runs than `npm test`: `npm run fuzz -- <runs>` (default 5,000
 * of each kind). A failing test prints its seed; FUZZ_SEED repeats it.
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
