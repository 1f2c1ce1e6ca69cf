import { BlockList, isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { plainAddress } from '../telemetry/audit-record.js';
import type { Metrics } from '../telemetry/metrics/metrics.js';

/**
 * Adds `/metrics` for clients on this machine and in private networks. To others it is not there: the
 * numbers tell nothing secret, but how a service is doing is nobody's business either.
 */
export function addMetricsRoute(
  http: FastifyInstance,
  metrics: Pick<Metrics, 'contentType' | 'render'>,
): void {
  http.get('/metrics', async (request, reply) => {
    if (!isPrivateAddress(request.ip)) {
      reply.callNotFound();
      return reply;
    }
    return reply.type(metrics.contentType).send(await metrics.render());
  });
}

/** Loopback, link-local, RFC 1918, RFC 6598 (carrier NAT, also used by clusters) and RFC 4193. */
export function isPrivateAddress(address: string): boolean {
  const plain = plainAddress(address);
  return PRIVATE.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}

const PRIVATE = new BlockList();
PRIVATE.addSubnet('127.0.0.0', 8);
PRIVATE.addSubnet('10.0.0.0', 8);
PRIVATE.addSubnet('172.16.0.0', 12);
PRIVATE.addSubnet('192.168.0.0', 16);
PRIVATE.addSubnet('169.254.0.0', 16);
PRIVATE.addSubnet('100.64.0.0', 10);
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');
