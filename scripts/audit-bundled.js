import { readFileSync } from 'node:fs';
import { packagesIn } from './notices.js';

/**
 * Reads a report of `npm audit --json` and prints the vulnerabilities of packages that the product contains; those of tools
 * are left out. Exits with 1 if there are any, with 2 if there is no report.
 */
const report = JSON.parse(readFileSync(0, 'utf8'));
const bundled = packagesIn(readFileSync(new URL('../dist/NOTICES.txt', import.meta.url), 'utf8'));
const names = new Set(bundled.map((entry) => entry.slice(0, entry.lastIndexOf('@'))));

if (report.vulnerabilities === undefined) {
  process.stderr.write(`npm audit gave no report: ${report.message ?? 'no reason given'}\n`);
  process.exitCode = 2;
} else {
  const found = Object.values(report.vulnerabilities).filter(({ name }) => names.has(name));
  for (const { name, severity, range } of found) {
    process.stdout.write(`${severity}: ${name} ${range}\n`);
  }
  process.stdout.write(`${found.length} of ${names.size} bundled packages have vulnerabilities\n`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
