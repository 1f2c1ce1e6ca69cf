import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import type { MySqlLinkExpiry } from '../../domain/download-rules.js';
import { acceptsPage } from './accepts-page.js';
import type { ExplorerBuild } from './explorer-build.js';

/** Hosts the object storage of the cloud hands its links out for; `http:` stands for `https:` too. */
export const CLOUD_STORES = ['http://*.jdcloud-oss.com', 'http://*.jcloudcs.com'] as const;

/**
 * The Content-Security-Policy of the explorer: its own script and style, and nothing of another host.
 * The page reads from the stores that links lead to, so that it can show the progress of a download;
 * a link to any other store is left to the browser, which no policy keeps from following it.
 */
export function explorerPolicy(stores: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
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

/** What the page is told about the server. */
export interface ExplorerSettings {
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
  /** Whether there is a query editor at `/graphql`. */
  readonly hasQueryEditor: boolean;
}

export interface ExplorerOptions {
  /** Null where the page is not built. */
  readonly build: ExplorerBuild | null;
  readonly settings: ExplorerSettings;
  /** Where links lead, as sources of a Content-Security-Policy. */
  readonly stores: readonly string[];
  /** Looks at each request for the page and its files. */
  readonly admit: onRequestHookHandler;
}

const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Adds `/`: the explorer of backups to browsers, the way to `/graphql` to all others. */
export function addExplorerRoutes(http: FastifyInstance, options: ExplorerOptions): void {
  const { build, settings, stores, admit: onRequest } = options;
  const policy = explorerPolicy(stores);
  const html = build && withSettings(build.html, settings);
  http.get('/', { onRequest, config: { cacheControl: 'no-cache' } }, (request, reply) => {
    reply.header('vary', 'accept');
    if (html === null || !acceptsPage(request)) return reply.redirect('/graphql');
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

const PLACE = 'name="explorer-settings" content="{}"';

function withSettings(html: string, settings: ExplorerSettings): string {
  const json = JSON.stringify(settings).replaceAll('"', '&quot;');
  return html.replace(PLACE, () => PLACE.replace('{}', json));
}
