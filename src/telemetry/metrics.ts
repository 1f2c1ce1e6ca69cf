import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The metrics of one app. No label contains IDs, file names or callers. */
export type Metrics = ReturnType<typeof createMetrics>;
export type HttpMetrics = Metrics['http'];
export type OperationMetrics = Metrics['operations'];
export type TokenMetrics = Metrics['tokens'];

export interface MetricsOptions {
  readonly version: string;
  readonly isReady: () => boolean;
  /** The number of log lines dropped so far. */
  readonly droppedLogLines?: () => number;
  /** Maximum distinct operation names. */
  readonly maxOperationNames: number;
}

export function createMetrics(options: MetricsOptions) {
  const { version, isReady, droppedLogLines = () => 0, maxOperationNames } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const create = creatorsFor(registry);
  create.gauge(
    'ready',
    '1 while the replica accepts requests, 0 while it is stopping or cannot write audit records.',
    () => (isReady() ? 1 : 0),
  );
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
  let isSharing: boolean | undefined;
  return {
    /** Links and call budget are shared over Redis, or no longer; never called without Redis. */
    sharing: (isNow: boolean) => {
      if (isSharing === undefined) {
        create.gauge(
          'redis_sharing',
          '1 while links and call budget are shared over Redis, 0 while each replica continues alone; absent without REDIS_URL.',
          () => (isSharing === true ? 1 : 0),
        );
      }
      isSharing = isNow;
    },
    http: createHttpMetrics(create),
    operations: createOperationMetrics(create, maxOperationNames),
    links: createLinkMetrics(create),
    tokens: createTokenMetrics(create),
    upstream: createUpstreamMetrics(create),
    contentType: registry.contentType,
    /** Renders the Prometheus text format. */
    render: () => registry.metrics(),
  };
}

type Creators = ReturnType<typeof creatorsFor>;

function creatorsFor(registry: Registry) {
  const registers = [registry];
  const prefixed = (name: string) => `backup_graphql_${name}`;
  return {
    registers,
    counter: <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
      new Counter({ name: prefixed(name), help, labelNames, registers }),
    histogram: <Label extends string>(
      name: string,
      help: string,
      labelNames: Label[],
      buckets: number[],
    ) => new Histogram({ name: prefixed(name), help, labelNames, buckets, registers }),
    /** @param read gives the current value */
    gauge(name: string, help: string, read: () => number) {
      new Gauge({
        name: prefixed(name),
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
  };
}

const ANSWER_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface HttpAnswer {
  /** The declared route; undefined if none matched. */
  readonly route: string | undefined;
  readonly method: string;
  /** Null if the client disconnected before the end of the response. */
  readonly status: number | null;
  readonly seconds: number;
}

function createHttpMetrics(create: Creators) {
  const requests = create.counter(
    'http_requests_total',
    'HTTP requests by route, method and status; "aborted" if the client disconnected first.',
    ['route', 'method', 'status'],
  );
  const duration = create.histogram(
    'http_request_duration_seconds',
    'Time from the head of an HTTP request to the end of its response.',
    ['route'],
    ANSWER_SECONDS,
  );
  const refusals = create.counter(
    'http_refused_total',
    'Connections and requests rejected, by reason: "connections", "pipelining" and "requests" exceed a count limit, "bodies" the bytes of all bodies, "stalled" read no response, "headers" are too large, "timeout" arrived too slowly, "malformed" is not valid HTTP, "connect" is a proxy request.',
    ['reason'],
  );
  return {
    answered({ route = 'none', method, status, seconds }: HttpAnswer) {
      requests.inc({ route, method, status: status ?? 'aborted' });
      duration.observe({ route }, seconds);
    },
    /** A connection or request was rejected. */
    refused: (reason: string) => refusals.inc({ reason }),
  };
}

/** Maximum characters of a name, which is repeated in every series. */
const MAX_LENGTH = 128;

/**
 * Bounds the values of a label that callers choose.
 * @param max number of distinct names; further and long ones become `other`
 */
function createBoundedNames(max: number): (name: string, mayBeNew: boolean) => string {
  const kept = new Map<string, string>();
  return (name, mayBeNew) => {
    const known = kept.get(name);
    if (known !== undefined) return known;
    if (!mayBeNew || kept.size >= max || name.length > MAX_LENGTH) return 'other';
    const own = ownCopyOf(name);
    kept.set(own, own);
    return own;
  };
}

/** Copies the name: a substring would retain its whole document. */
function ownCopyOf(name: string): string {
  return Buffer.from(name).toString();
}

export interface OperationEnd {
  /** Null for an anonymous operation or a document without a valid operation. */
  readonly name: string | null;
  readonly type: string | null;
  /** Distinct error codes. */
  readonly codes: readonly string[];
  /** Whether its name can be kept as distinct: it was executed, and not for an anonymous caller. */
  readonly isNameKept: boolean;
}

function createOperationMetrics(create: Creators, maxNames: number) {
  const bounded = createBoundedNames(maxNames);
  const operations = create.counter(
    'operations_total',
    'GraphQL operations by name, type and code of their first error; "OK" without errors.',
    ['operation', 'type', 'code'],
  );
  const errors = create.counter(
    'operation_errors_total',
    'Error codes in responses; each code counts once per operation.',
    ['code'],
  );
  const duration = create.histogram(
    'operation_duration_seconds',
    'Duration of GraphQL operations, by name.',
    ['operation'],
    ANSWER_SECONDS,
  );
  /** The name of an operation for labels and traces. */
  const nameOf = ({ name, isNameKept }: OperationEnd): string =>
    name === null ? 'anonymous' : bounded(name, isNameKept);
  return {
    nameOf,
    ended(end: OperationEnd, seconds: number) {
      const operation = nameOf(end);
      operations.inc({ operation, type: end.type ?? 'none', code: end.codes[0] ?? 'OK' });
      for (const code of end.codes) errors.inc({ code });
      duration.observe({ operation }, seconds);
    },
  };
}

function createLinkMetrics(create: Creators) {
  const outcomes = create.counter(
    'download_url_outcomes_total',
    'Executed downloadURL fields by outcome: GRANTED, NOT_AVAILABLE or the error code.',
    ['code'],
  );
  const handedOut = create.counter(
    'links_handed_out_total',
    'Links returned by origin: "upstream" is newly issued, "memory" and "redis" are reused, "flight" is shared with a concurrent request.',
    ['origin'],
  );
  const auditFailures = create.counter(
    'audit_write_failures_total',
    'Audit records that could not be written; no link was issued for them.',
  );
  const downloads = create.counter(
    'embedded_downloads_total',
    'Downloads from the embedded upstream by links it issued, by HTTP status.',
    ['status'],
  );
  const downloadBytes = create.counter(
    'embedded_download_bytes_total',
    'Bytes of files sent by the embedded upstream.',
  );
  const unsigned = create.counter(
    'embedded_unsigned_requests_total',
    'Requests to the embedded upstream rejected without a valid signature: "download" for links, "api" for all others.',
    ['kind'],
  );
  return {
    /** Executions of `downloadURL` fields ended. */
    ended: (code: string, count: number) => outcomes.inc({ code }, count),
    handedOut: (origin: string) => handedOut.inc({ origin }),
    auditFailed: (records: number) => auditFailures.inc(records),
    downloaded({ status, bytes }: { readonly status: number; readonly bytes: number }) {
      downloads.inc({ status });
      downloadBytes.inc(bytes);
    },
    unsigned: (kind: 'api' | 'download') => unsigned.inc({ kind }),
  };
}

function createTokenMetrics(create: Creators) {
  const refusals = create.counter(
    'tokens_refused_total',
    'Rejected tokens, by the claim or header parameter and the check it failed.',
    ['reason'],
  );
  const fetches = create.counter(
    'token_key_fetches_total',
    'Fetches of token verification keys: "ok" or "failed".',
    ['outcome'],
  );
  // Initialized, so that rates are 0 rather than absent.
  for (const outcome of ['ok', 'failed']) fetches.inc({ outcome }, 0);
  let fetchedAt = 0;
  create.gauge(
    'token_keys_fetched_timestamp_seconds',
    'When the current token verification keys were fetched, as a Unix timestamp in seconds; 0 before the first fetch.',
    () => fetchedAt,
  );
  return {
    /** A token was rejected. @param reason from a small set, since it becomes a label */
    refused: (reason: string) => refusals.inc({ reason }),
    keysFetched(at: Date) {
      fetches.inc({ outcome: 'ok' });
      fetchedAt = at.getTime() / 1000;
    },
    keyFetchFailed: () => fetches.inc({ outcome: 'failed' }),
  };
}

const BREAKER_STATES = ['closed', 'half-open', 'open'] as const;

/** The state of the upstream client; attempts are HTTP requests. */
export interface UpstreamStatus {
  readonly queued: number;
  readonly inFlight: number;
  /** The current limit of attempts in flight. */
  readonly concurrencyLimit: number;
  /** The worst of all operations and regions. */
  readonly breaker: (typeof BREAKER_STATES)[number];
}

export interface UpstreamAttempt {
  readonly operation: string;
  /** 1-based. */
  readonly attempt: number;
  readonly status?: number | undefined;
  /** The failure, if there is no status: ECONNREFUSED, TIMED_OUT, OVERSIZED, REPLY_MEMORY, ABORTED. */
  readonly code?: string | undefined;
  readonly durationMs: number;
}

function createUpstreamMetrics(create: Creators) {
  const attempts = create.counter(
    'upstream_attempts_total',
    'HTTP requests to the upstream by operation, HTTP status or cause of failure, and attempt (1, 2, 3+).',
    ['operation', 'status', 'attempt'],
  );
  const retries = create.counter(
    'upstream_retries_total',
    'Retried HTTP requests to the upstream.',
    ['operation'],
  );
  const duration = create.histogram(
    'upstream_attempt_duration_seconds',
    'Duration of HTTP requests to the upstream.',
    ['operation'],
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  );
  const budgetWaits = create.counter(
    'upstream_budget_waits_total',
    'Calls that found the upstream call budget exhausted.',
  );
  const limitDecreases = create.counter(
    'upstream_limit_decreases_total',
    'Decreases of the adaptive limit of HTTP requests in flight to the upstream, by cause.',
    ['cause'],
  );
  const lists = create.counter(
    'lists_total',
    'Pages of lists, and lookups, by origin: upstream, or shared with another request (memory, flight).',
    ['origin'],
  );
  const unreadable = create.counter(
    'upstream_unreadable_total',
    'Unreadable rows, and values of rows, in upstream lists.',
    ['operation', 'part'],
  );
  let countLimited: (() => number) | undefined;
  let statusOf: (() => UpstreamStatus) | undefined;
  create.gauge(
    'upstream_callers_limited',
    'Callers that exhausted their share of the upstream call budget in the last minute.',
    () => countLimited?.() ?? 0,
  );
  create.gauge(
    'upstream_queued',
    'HTTP requests to the upstream waiting in the queue.',
    () => statusOf?.().queued ?? 0,
  );
  create.gauge(
    'upstream_in_flight',
    'HTTP requests to the upstream in flight.',
    () => statusOf?.().inFlight ?? 0,
  );
  create.gauge(
    'upstream_concurrency_limit',
    'Adaptive limit of HTTP requests in flight to the upstream.',
    () => statusOf?.().concurrencyLimit ?? 0,
  );
  new Gauge({
    name: 'backup_graphql_upstream_breaker_state',
    help: '1 for the current state of the upstream circuit breaker, 0 for the others.',
    labelNames: ['state'],
    registers: create.registers,
    collect() {
      const current = statusOf?.().breaker ?? 'closed';
      for (const state of BREAKER_STATES) this.set({ state }, state === current ? 1 : 0);
    },
  });
  return {
    attempted({ operation, attempt, status, code = 'UNKNOWN', durationMs }: UpstreamAttempt) {
      attempts.inc({
        operation,
        status: status ?? code,
        attempt: attempt < 3 ? attempt : '3+',
      });
      if (attempt > 1) retries.inc({ operation });
      duration.observe({ operation }, durationMs / 1000);
    },
    /** A call found the budget exhausted and waits. */
    budgetWaited: () => budgetWaits.inc(),
    limitDecreased: (cause: string) => limitDecreases.inc({ cause }),
    /** A request read a list or made a lookup; `memory` and `flight` are another request's. */
    listed: (origin: 'memory' | 'flight' | 'upstream') => lists.inc({ origin }),
    /** Parts of a response were unreadable. */
    leftOut: (operation: string, { rows, values }: { rows: number; values: number }) => {
      if (rows > 0) unreadable.inc({ operation, part: 'row' }, rows);
      if (values > 0) unreadable.inc({ operation, part: 'value' }, values);
    },
    /** Sets the source of the gauges. */
    watch(status: () => UpstreamStatus) {
      statusOf = status;
    },
    /** Sets the source of the number of callers that exhausted their share. */
    watchLimited(count: () => number) {
      countLimited = count;
    },
  };
}
