import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import { hasProxyHeader, isLoopbackAddress } from '../auth/local-client.js';
import type { Metrics } from '../telemetry/metrics.js';
import { answerNothingHere } from './errors.js';
import { plainAddress } from './server/client-address.js';

export interface MetricsRouteOptions {
  readonly metrics: Pick<Metrics, 'contentType' | 'render'>;
  /** In the format of METRICS_ALLOW. */
  readonly allowed: readonly string[];
  readonly trustedProxies: number;
  /** Checks local requests: pages of other origins can send browsers here. */
  readonly admit: onRequestHookHandler;
}

/**
 * Adds `/metrics`, which responds with 404 to others: the metrics are not secret but not public
 * either.
 */
export function addMetricsRoute(http: FastifyInstance, options: MetricsRouteOptions): void {
  const { metrics, allowed, trustedProxies, admit } = options;
  const mayRead = createMetricsReaders(allowed, trustedProxies);
  const onRequest: onRequestHookHandler = function (request, reply, done) {
    if (isLoopbackAddress(request.socket.remoteAddress)) admit.call(this, request, reply, done);
    else done();
  };
  http.get('/metrics', { onRequest }, async (request, reply) => {
    const { httpVersion, headers } = request.raw;
    if (!mayRead({ address: request.ip, httpVersion, headers })) {
      return answerNothingHere(reply);
    }
    return reply.type(metrics.contentType).send(await metrics.render());
  });
}

/** The request properties that decide about access to metrics. */
export interface MetricsRequest {
  /** The client address reported by trusted proxies. */
  readonly address: string;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Allows clients at these addresses that connect directly or through exactly the trusted number of
 * proxies. An additional proxy, for example a balancer with a private address, forwards anyone.
 * @param allowed in the format of METRICS_ALLOW
 */
export function createMetricsReaders(
  allowed: readonly string[],
  trustedProxies: number,
): (request: MetricsRequest) => boolean {
  if (allowed.includes('all')) return () => true;
  const networks = toBlockList(allowed.flatMap((name) => NETWORKS[name] ?? [name]));
  return (request) => !showsOtherProxy(request, trustedProxies) && has(networks, request.address);
}

const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** Link-local, RFC 1918, RFC 6598 (carrier NAT, also used by clusters) and RFC 4193. */
const PRIVATE = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
  'fe80::/10',
];

/** Group names in METRICS_ALLOW. */
const NETWORKS: Readonly<Record<string, readonly string[]>> = {
  loopback: LOOPBACK,
  private: [...LOOPBACK, ...PRIVATE],
};

function toBlockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

/** An address from a header can be any text. */
function has(networks: BlockList, address: string): boolean {
  const plain = plainAddress(address);
  const version = isIP(plain);
  return version !== 0 && networks.check(plain, version === 6 ? 'ipv6' : 'ipv4');
}

function showsOtherProxy({ headers, httpVersion }: MetricsRequest, trusted: number): boolean {
  const forwardedFor = headers['x-forwarded-for'];
  if (forwardedFor === undefined) return httpVersion === '1.0' || hasProxyHeader(headers);
  return String(forwardedFor).split(',').length > trusted;
}
