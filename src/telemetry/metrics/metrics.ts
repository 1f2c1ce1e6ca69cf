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
  readonly contentType: string;
  /** Renders the Prometheus text format. */
  render(): Promise<string>;
}

export interface MetricsOptions {
  readonly isReady: () => boolean;
  /** The number of log lines dropped so far. */
  readonly droppedLogLines?: () => number;
  /** Maximum distinct operation names. */
  readonly maxOperationNames: number;
}

export function createMetrics(options: MetricsOptions): Metrics {
  const { isReady, droppedLogLines = () => 0, maxOperationNames } = options;
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
  return {
    http: createHttpMetrics(registry),
    operations: createOperationMetrics(registry, maxOperationNames),
    links: createLinkMetrics(registry),
    tokens: createTokenMetrics(registry),
    upstream: createUpstreamMetrics(registry),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}
