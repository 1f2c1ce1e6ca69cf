import type { FastifyRequest } from 'fastify';

/** Whether a request is a browser navigation rather than a data request. */
export function acceptsPage({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return (headers.accept ?? '').includes('text/html');
}
