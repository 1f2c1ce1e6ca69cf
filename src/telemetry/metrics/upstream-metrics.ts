import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface UpstreamMetrics {
  attempted(attempt: UpstreamAttempt): void;
  /** A call found the budget exhausted and waits. */
  budgetWaited(): void;
  /** The limit of calls in flight was lowered. */
  limitDecreased(cause: string): void;
  /** A request read a list or made a lookup; `memory` and `flight` are another request's. */
  listed(origin: 'memory' | 'flight' | 'upstream'): void;
  /** Sets the source of the number of callers that exhausted their share. */
  watchLimited(count: () => number): void;
  /** Parts of a response were unreadable. */
  leftOut(operation: string, parts: { readonly rows: number; readonly values: number }): void;
  /** Sets the source of the gauges. */
  watch(status: () => UpstreamStatus): void;
}

/** The state of the upstream client. */
export interface UpstreamStatus {
  /** Queued attempts. */
  readonly queued: number;
  /** Attempts in flight. */
  readonly inFlight: number;
  /** The current limit of attempts in flight. */
  readonly concurrencyLimit: number;
  readonly breaker: (typeof BREAKER_STATES)[number];
}

const BREAKER_STATES = ['closed', 'half-open', 'open'] as const;

export interface UpstreamAttempt {
  readonly operation: string;
  /** 1-based. */
  readonly attempt: number;
  readonly status?: number | undefined;
  /** The failure, if there is no status. */
  readonly code?: string | undefined;
  readonly durationMs: number;
}

export function createUpstreamMetrics(registry: Registry): UpstreamMetrics {
  const registers = [registry];
  const attempts = new Counter({
    name: 'backup_graphql_upstream_attempts_total',
    help: 'HTTP requests to the upstream by operation, HTTP status or cause of failure, and attempt (1, 2, 3+).',
    labelNames: ['operation', 'status', 'attempt'],
    registers,
  });
  const retries = new Counter({
    name: 'backup_graphql_upstream_retries_total',
    help: 'Retried HTTP requests to the upstream.',
    labelNames: ['operation'],
    registers,
  });
  const duration = new Histogram({
    name: 'backup_graphql_upstream_attempt_duration_seconds',
    help: 'Duration of HTTP requests to the upstream.',
    labelNames: ['operation'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const budgetWaits = new Counter({
    name: 'backup_graphql_upstream_budget_waits_total',
    help: 'Calls that found the upstream call budget exhausted.',
    registers,
  });
  const limitDecreases = new Counter({
    name: 'backup_graphql_upstream_limit_decreases_total',
    help: 'Decreases of the adaptive limit of HTTP requests in flight to the upstream, by cause.',
    labelNames: ['cause'],
    registers,
  });
  const lists = new Counter({
    name: 'backup_graphql_lists_total',
    help: 'Pages of lists, and lookups, by origin: upstream, or shared with another request (memory, flight).',
    labelNames: ['origin'],
    registers,
  });
  let countLimited: (() => number) | undefined;
  new Gauge({
    name: 'backup_graphql_upstream_callers_limited',
    help: 'Callers that exhausted their share of the upstream call budget in the last minute.',
    registers,
    collect() {
      this.set(countLimited?.() ?? 0);
    },
  });
  const unreadable = new Counter({
    name: 'backup_graphql_upstream_unreadable_total',
    help: 'Unreadable rows, and values of rows, in upstream lists.',
    labelNames: ['operation', 'part'],
    registers,
  });
  let statusOf: (() => UpstreamStatus) | undefined;
  new Gauge({
    name: 'backup_graphql_upstream_queued',
    help: 'HTTP requests to the upstream waiting in the queue.',
    registers,
    collect() {
      this.set(statusOf?.().queued ?? 0);
    },
  });
  new Gauge({
    name: 'backup_graphql_upstream_in_flight',
    help: 'HTTP requests to the upstream in flight.',
    registers,
    collect() {
      this.set(statusOf?.().inFlight ?? 0);
    },
  });
  new Gauge({
    name: 'backup_graphql_upstream_concurrency_limit',
    help: 'Adaptive limit of HTTP requests in flight to the upstream.',
    registers,
    collect() {
      this.set(statusOf?.().concurrencyLimit ?? 0);
    },
  });
  new Gauge({
    name: 'backup_graphql_upstream_breaker_state',
    help: '1 for the current state of the upstream circuit breaker, 0 for the others.',
    labelNames: ['state'],
    registers,
    collect() {
      const current = statusOf?.().breaker ?? 'closed';
      for (const state of BREAKER_STATES) this.set({ state }, state === current ? 1 : 0);
    },
  });
  return {
    attempted({ operation, attempt, status, code = 'UNKNOWN', durationMs }) {
      attempts.inc({
        operation,
        status: status ?? code,
        attempt: attempt < 3 ? attempt : '3+',
      });
      if (attempt > 1) retries.inc({ operation });
      duration.observe({ operation }, durationMs / 1000);
    },
    budgetWaited: () => {
      budgetWaits.inc();
    },
    listed: (origin) => {
      lists.inc({ origin });
    },
    limitDecreased: (cause) => {
      limitDecreases.inc({ cause });
    },
    watchLimited: (count) => {
      countLimited = count;
    },
    leftOut: (operation, { rows, values }) => {
      if (rows > 0) unreadable.inc({ operation, part: 'row' }, rows);
      if (values > 0) unreadable.inc({ operation, part: 'value' }, values);
    },
    watch: (status) => {
      statusOf = status;
    },
  };
}
