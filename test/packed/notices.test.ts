import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const inRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const notices = readFileSync(inRoot('dist/NOTICES.txt'), 'utf8');

describe('the notices', () => {
  it.each(['graphql', 'undici', 'fastify', 'ioredis', '@aws-sdk/client-s3', 'preact', 'zod'])(
    'name %s with its version and licence, and quote the licence',
    (name) => {
      const manifest = readFileSync(inRoot(`node_modules/${name}/package.json`), 'utf8');
      const { version, license } = JSON.parse(manifest);
      const [, notice = ''] = notices.split(`== ${name}@${version} (${license})\n`);
      expect(notice.split('\n== ')[0]).toMatch(/copyright|licen[cs]e/i);
    },
  );

  it('name no package that is not bundled', () => {
    expect(notices).not.toMatch(/^== (eslint|jest|typescript|rolldown|vite)@/m);
  });
});

describe('the audit of what is bundled', () => {
  const audit = (report: object) =>
    spawnSync(process.execPath, [inRoot('scripts/audit-bundled.js')], {
      input: JSON.stringify(report),
      encoding: 'utf8',
    });
  const eslint = { name: 'eslint', severity: 'critical', range: '*' };
  const undici = { name: 'undici', severity: 'high', range: '<8' };

  it('passes if only tools have vulnerabilities', () => {
    expect(audit({ vulnerabilities: { eslint } })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^0 of \d{3} bundled packages have vulnerabilities\n$/),
    });
  });

  it('names a bundled package with one', () => {
    expect(audit({ vulnerabilities: { eslint, undici } })).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^high: undici <8\n1 of /),
    });
  });

  it('does not pass without a report', () => {
    expect(audit({ message: '503 Service Unavailable' })).toMatchObject({
      status: 2,
      stderr: 'npm audit gave no report: 503 Service Unavailable\n',
    });
  });
});
