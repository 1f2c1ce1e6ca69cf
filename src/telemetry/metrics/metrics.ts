import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { createHttpMetrics, type HttpMetrics } from './http-metrics.js';
import { createLinkMetrics, type LinkMetrics } from './link-metrics.js';
import { createOperationMetrics, type OperationMetrics } from './operation-metrics.js';
import { createTokenMetrics, type TokenMetrics } from './token-metrics.js';
import { createUpstreamMetrics, type UpstreamMetrics } from './upstream-metrics.js';

/** The numbers of one app. No label holds an id, a file name or a caller. */
export interface Metrics {
  readonly http: HttpMetrics;
  readonly operations: OperationMetrics;
  readonly links: LinkMetrics;
  readonly tokens: TokenMetrics;
  readonly upstream: UpstreamMetrics;
  readonly contentType: string;
  /** In the text format of Prometheus. */
  render(): Promise<string>;
}

export interface MetricsOptions {
  readonly isReady: () => boolean;
  /** Lines of the log that could not be written so far. */
  readonly droppedLogLines?: () => number;
  /** How many names of operations are told apart. */
  readonly maxOperationNames: number;
}

export function createMetrics(options: MetricsOptions): Metrics {
  const { isReady, droppedLogLines = () => 0, maxOperationNames } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'backup_graphql_ready',
    help: '1 while the replica takes requests, 0 while it is stopping or cannot write audit records.',
    registers: [registry],
    collect() {
      this.set(isReady() ? 1 : 0);
    },
  });
  new Counter({
    name: 'backup_graphql_log_lines_dropped_total',
    help: 'Lines of the log that could not be written: nobody reads standard output, or it is full.',
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
