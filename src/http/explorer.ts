import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import type { MySqlLinkExpiry } from '../domain/download-rules.js';
import { hasCode } from '../domain/error-code.js';
import { acceptsPage } from './admission.js';

/** A file of the built page. */
export interface ExplorerAsset {
  readonly name: string;
  readonly type: string;
  readonly body: Buffer;
}

/** The built page, in memory: it is small, and requests cannot reach other files. */
export interface ExplorerBuild {
  readonly html: string;
  /** Named by content hash. */
  readonly assets: readonly ExplorerAsset[];
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** Reads the build in `dir`; null if there is none. */
export async function readExplorerBuild(dir: string): Promise<ExplorerBuild | null> {
  try {
    const html = await readFile(join(dir, 'index.html'), 'utf8');
    const names = await readdir(join(dir, 'assets'));
    return { html, assets: await Promise.all(names.map((name) => readAsset(dir, name))) };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function readAsset(dir: string, name: string): Promise<ExplorerAsset> {
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  return { name, type, body: await readFile(join(dir, 'assets', name)) };
}

/** Link hosts of the cloud's object storage; in a CSP, `http:` includes `https:`. */
export const CLOUD_STORES = ['http://*.jdcloud-oss.com', 'http://*.jcloudcs.com'] as const;

/**
 * The page's URLs are relative. Where a proxy serves it under a path, it also opens without the
 * final slash; the server cannot tell, since the proxy removes the path.
 */
const ADD_SLASH = `if (!location.pathname.endsWith('/')) location.pathname += '/';`;

/**
 * The Content-Security-Policy of the explorer: only its own script and style. The page reads from
 * the stores that links point to, to show download progress; links to other stores are opened by
 * the browser, which CSP does not restrict.
 */
export function explorerPolicy(stores: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash('sha256', ADD_SLASH, 'base64')}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    ["connect-src 'self'", ...stores].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** Server settings passed to the page. */
export interface ExplorerSettings {
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
  /** Whether `/graphql` has a query editor. */
  readonly hasQueryEditor: boolean;
}

export interface ExplorerOptions {
  /** Null if the page is not built. */
  readonly build: ExplorerBuild | null;
  readonly settings: ExplorerSettings;
  /** Link hosts, as CSP sources. */
  readonly stores: readonly string[];
  /** Checks each request for the page and its assets. */
  readonly admit: onRequestHookHandler;
}

const IMMUTABLE = 'public, max-age=31536000, immutable';

/**
 * Adds `/`: the backup explorer. Without a build, browsers go on to `/graphql`, and others, such as
 * monitors, learn where it is.
 */
export function addExplorerRoutes(http: FastifyInstance, options: ExplorerOptions): void {
  const { build, settings, stores, admit: onRequest } = options;
  const policy = explorerPolicy(stores);
  const html = build && withSettings(build.html, settings);
  http.get('/', { onRequest, config: { cacheControl: 'no-cache' } }, (request, reply) => {
    if (html === null) {
      reply.header('vary', 'accept');
      if (acceptsPage(request)) return reply.redirect('graphql');
      return reply.type('text/plain; charset=utf-8').send(NO_PAGE);
    }
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .send(html);
  });
  for (const { name, type, body } of build?.assets ?? []) {
    const config = { cacheControl: IMMUTABLE };
    http.get(`/assets/${name}`, { onRequest, config }, (_request, reply) =>
      reply.type(type).send(body),
    );
  }
}

const NO_PAGE = 'GraphQL is served at /graphql.\n';

const HEAD = '<head>';
const PLACE = 'name="explorer-settings" content="{}"';

function withSettings(html: string, settings: ExplorerSettings): string {
  const json = JSON.stringify(settings).replaceAll('"', '&quot;');
  return html
    .replace(HEAD, `${HEAD}<script>${ADD_SLASH}</script>`)
    .replace(PLACE, () => PLACE.replace('{}', json));
}
