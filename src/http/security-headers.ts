import type { FastifyInstance, FastifyReply } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of answers that hold no data; all others are kept by nobody. */
    cacheControl?: string;
  }
}

/**
 * Headers of an answer that is data. It may hold a link, which is a key to data: no cache keeps it, no
 * address of a page tells of it, no browser guesses at its type, nothing in it is loaded, run or framed.
 */
export const DATA_HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/** Sets these on every answer; a route may let itself be cached, and bring a policy of its own. */
export function addSecurityHeaders(http: FastifyInstance): void {
  http.addHook('onSend', (request, reply, _payload, done) => {
    // A refusal at the address of a file that may be kept is not to be kept with it.
    const isRefusal = reply.statusCode >= 400;
    setSecurityHeaders(reply, isRefusal ? undefined : request.routeOptions.config.cacheControl);
    done();
  });
}

/** The same for one answer, where no hooks run. */
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
