import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance } from 'fastify';
import { parseSettings } from '../../../../src/explorer/settings.js';
import { readExplorerBuild } from '../../../../src/http/pages/explorer-build.js';
import { addExplorerRoutes } from '../../../../src/http/pages/explorer-routes.js';
import { addSecurityHeaders } from '../../../../src/http/security-headers.js';

const SETTINGS = { mySqlLinkExpiry: 'settable', hasQueryEditor: true } as const;
const HTML = '<!doctype html><meta name="explorer-settings" content="{}" /><title>x</title>';
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'explorer-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), HTML);
  await writeFile(join(folder, 'assets', 'index-1a2b.js'), 'run()');
  await writeFile(join(folder, 'assets', 'index-3c4d.css'), 'p{}');
  await writeFile(join(folder, 'secret.txt'), 'not part of the page');
});

afterAll(() => rm(folder, { recursive: true }));

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
  it('is served to browsers with the settings of the server', async () => {
    const answer = await (await serve(folder)).inject({ url: '/', headers: BROWSER });
    expect(answer.statusCode).toBe(200);
    const [, json = ''] = /name="explorer-settings" content="([^"]*)"/.exec(answer.body) ?? [];
    expect(parseSettings(json.replaceAll('&quot;', '"'))).toEqual(SETTINGS);
  });

  it('runs only its own script, calls only the server and the stores, and is never framed', async () => {
    const { headers } = await (await serve(folder)).inject({ url: '/', headers: BROWSER });
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual([
      "default-src 'none'",
      "script-src 'self'",
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
    const answer = await (await serve(folder)).inject(`/assets/${name}`);
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
      expect((await (await serve(folder)).inject(url)).statusCode).toBe(404);
    },
  );

  it('sends other clients to /graphql', async () => {
    const answer = await (await serve(folder)).inject({ url: '/', headers: { accept: '*/*' } });
    expect([answer.statusCode, answer.headers.location]).toEqual([302, 'graphql']);
  });
});

it('sends browsers to /graphql if no page is built', async () => {
  const http = await serve(join(folder, 'nowhere'));
  const answer = await http.inject({ url: '/', headers: BROWSER });
  expect([answer.statusCode, answer.headers.location]).toEqual([302, 'graphql']);
});
