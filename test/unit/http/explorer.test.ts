import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance } from 'fastify';
import { addExplorerRoutes, readExplorerBuild } from '../../../src/http/explorer.js';
import { addSecurityHeaders } from '../../../src/http/errors.js';
import { temporaryFolder } from '../../helpers/closing.js';

const SETTINGS = { mySqlLinkExpiry: 'settable', hasQueryEditor: true } as const;
const HTML = '<!doctype html><head><meta name="explorer-settings" content="{}" /><title>x</title>';
const ANY = { accept: '*/*' };
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let folder: string;

beforeAll(async () => {
  folder = temporaryFolder();
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), HTML);
  await writeFile(join(folder, 'assets', 'index-1a2b.js'), 'run()');
  await writeFile(join(folder, 'assets', 'index-3c4d.css'), 'p{}');
  await writeFile(join(folder, 'secret.txt'), 'not part of the page');
});

async function serve(dir: string): Promise<FastifyInstance> {
  const http = Fastify();
  addSecurityHeaders(http);
  addExplorerRoutes(http, {
    build: await readExplorerBuild(dir),
    settings: SETTINGS,
    stores: ['http://127.0.0.1:4001'],
    admit: (_request, _reply, done) => {
      done();
    },
  });
  return http;
}

describe('the built page', () => {
  let page: FastifyInstance;

  beforeAll(async () => {
    page = await serve(folder);
  });
  it('is served to browsers with the settings of the server', async () => {
    const answer = await page.inject({ url: '/', headers: BROWSER });
    expect(answer.statusCode).toBe(200);
    const [, json = ''] = /name="explorer-settings" content="([^"]*)"/.exec(answer.body) ?? [];
    expect(JSON.parse(json.replaceAll('&quot;', '"'))).toEqual(SETTINGS);
  });

  it('runs only its own script, calls only the server and the stores, and is never framed', async () => {
    const { headers } = await page.inject({ url: '/', headers: BROWSER });
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual([
      "default-src 'none'",
      expect.stringMatching(/^script-src 'self' 'sha256-[^']{44}'$/),
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self' http://127.0.0.1:4001",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
  });

  it.each([
    ['index-1a2b.js', 'text/javascript; charset=utf-8', 'run()'],
    ['index-3c4d.css', 'text/css; charset=utf-8', 'p{}'],
  ])('loads %s, which caches may keep forever', async (name, type, body) => {
    const answer = await page.inject(`/assets/${name}`);
    expect(answer.body).toBe(body);
    expect(answer.headers).toMatchObject({
      'content-type': type,
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
  });

  it.each(['/assets/../secret.txt', '/assets/%2e%2e/secret.txt', '/secret.txt', '/index.html'])(
    'exposes no other file: %s',
    async (url) => {
      expect((await page.inject(url)).statusCode).toBe(404);
    },
  );

  it('allows by its hash the script that adds the final slash', async () => {
    const { body, headers } = await page.inject({ url: '/', headers: BROWSER });
    const [, script = ''] = /<head><script>(.*?)<\/script>/.exec(body) ?? [];
    expect(script).toContain("location.pathname += '/'");
    const sum = createHash('sha256').update(script).digest('base64');
    expect(headers['content-security-policy']).toContain(`'sha256-${sum}'`);
  });

  it.each(['GET', 'HEAD'] as const)('answers monitors: %s', async (method) => {
    const answer = await page.inject({ method, url: '/', headers: ANY });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
  });
});

it('sends browsers to /graphql if no page is built, and answers monitors', async () => {
  const http = await serve(join(folder, 'nowhere'));
  const plain = await http.inject({ url: '/', headers: ANY });
  expect([plain.statusCode, plain.headers.vary]).toEqual([200, 'accept']);
  const answer = await http.inject({ url: '/', headers: BROWSER });
  expect([answer.statusCode, answer.headers.location]).toEqual([302, 'graphql']);
});
