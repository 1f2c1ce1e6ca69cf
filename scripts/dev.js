import { execFileSync } from 'node:child_process';

/** Builds and starts the server; `npm run dev` runs this again when a source changes. */
execFileSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' });
await import('../dist/main.js');
