import type { FastifyInstance, FastifyReply } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For responses without data; all others are not cached. */
    cacheControl?: string;
  }
}

/**
 * Headers of data responses. These can contain links, which grant access to data: no caching, no
 * referrer, no MIME sniffing, and nothing is loaded, run or framed.
 */
export const DATA_HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/** Sets these on every response; a route can allow caching and set its own policy. */
export function addSecurityHeaders(http: FastifyInstance): void {
  http.addHook('onSend', (request, reply, _payload, done) => {
    // Errors at cacheable URLs must not be cached.
    const isRefusal = reply.statusCode >= 400;
    setSecurityHeaders(reply, isRefusal ? undefined : request.routeOptions.config.cacheControl);
    done();
  });
}

/** The same for a single response without hooks. */
export function setSecurityHeaders(
  reply: FastifyReply,
  cacheControl: string = DATA_HEADERS['cache-control'],
): void {
  reply.headers({
    'cache-control': cacheControl,
    'referrer-policy': DATA_HEADERS['referrer-policy'],
    'x-content-type-options': DATA_HEADERS['x-content-type-options'],
  });
  if (!reply.hasHeader('content-security-policy')) {
    reply.header('content-security-policy', DATA_HEADERS['content-security-policy']);
  }
}
