import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of answers that hold no data; all others are kept by nobody. */
    cacheControl?: string;
  }
}

/** For answers that are data: nothing in them is loaded, run or framed. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * Headers of every answer. Any answer of `/graphql` may hold a link, which is a key to data: no cache
 * keeps it, no address of a page tells of it, no browser guesses at its type.
 */
export function addSecurityHeaders(http: FastifyInstance): void {
  http.addHook('onSend', (request, reply, _payload, done) => {
    reply.headers({
      'cache-control': request.routeOptions.config.cacheControl ?? 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    if (!reply.hasHeader('content-security-policy')) {
      reply.header('content-security-policy', DATA_POLICY);
    }
    done();
  });
}
