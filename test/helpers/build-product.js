import { execFileSync } from 'node:child_process';

/** Builds `dist` before the tests of a run, if a source is newer: many of them start what is shipped. */
export default function buildProduct() {
  execFileSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' });
}
