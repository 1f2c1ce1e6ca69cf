import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { createHttpMetrics, type HttpMetrics } from './http-metrics.js';
import { createLinkMetrics, type LinkMetrics } from './link-metrics.js';
import { createOperationMetrics, type OperationMetrics } from './operation-metrics.js';
import { createTokenMetrics, type TokenMetrics } from './token-metrics.js';
import { createUpstreamMetrics, type UpstreamMetrics } from './upstream-metrics.js';

/** The metrics of one app. No label contains IDs, file names or callers. */
export interface Metrics {
  readonly http: HttpMetrics;
  readonly operations: OperationMetrics;
  readonly links: LinkMetrics;
  readonly tokens: TokenMetrics;
  readonly upstream: UpstreamMetrics;
  /** Links and call budget are shared over Redis, or no longer; never called without Redis. */
  readonly sharing: (isSharing: boolean) => void;
  readonly contentType: string;
  /** Renders the Prometheus text format. */
  render(): Promise<string>;
}

export interface MetricsOptions {
  readonly version: string;
  readonly isReady: () => boolean;
  /** The number of log lines dropped so far. */
  readonly droppedLogLines?: () => number;
  /** Maximum distinct operation names. */
  readonly maxOperationNames: number;
}

export function createMetrics(options: MetricsOptions): Metrics {
  const { version, isReady, droppedLogLines = () => 0, maxOperationNames } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'backup_graphql_ready',
    help: '1 while the replica accepts requests, 0 while it is stopping or cannot write audit records.',
    registers: [registry],
    collect() {
      this.set(isReady() ? 1 : 0);
    },
  });
  new Counter({
    name: 'backup_graphql_log_lines_dropped_total',
    help: 'Log lines dropped because standard output is full or not being read.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(droppedLogLines());
    },
  });
  new Gauge({
    name: 'backup_graphql_build_info',
    help: 'Always 1; the version of the product and of Node.js.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node: process.version }, 1);
  let sharing: Gauge | undefined;
  return {
    sharing: (isSharing) => {
      sharing ??= new Gauge({
        name: 'backup_graphql_redis_sharing',
        help: '1 while links and call budget are shared over Redis, 0 while each replica continues alone; absent without REDIS_URL.',
        registers: [registry],
      });
      sharing.set(isSharing ? 1 : 0);
    },
    http: createHttpMetrics(registry),
    operations: createOperationMetrics(registry, maxOperationNames),
    links: createLinkMetrics(registry),
    tokens: createTokenMetrics(registry),
    upstream: createUpstreamMetrics(registry),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}
