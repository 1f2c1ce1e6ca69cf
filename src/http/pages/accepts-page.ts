import type { FastifyRequest } from 'fastify';

/** Whether it is a browser that opens an address, as opposed to a client that wants data. */
export function acceptsPage({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return (headers.accept ?? '').includes('text/html');
}
