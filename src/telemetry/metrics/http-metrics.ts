import { Counter, Histogram, type Registry } from 'prom-client';

export interface HttpMetrics {
  answered(answer: HttpAnswer): void;
  /** A connection or a request refused for a bound, or for being none. */
  refused(reason: string): void;
}

export interface HttpAnswer {
  /** The route as it was declared; undefined where there is none. */
  readonly route: string | undefined;
  readonly method: string;
  /** Null where the client was gone before the end of the answer. */
  readonly status: number | null;
  readonly seconds: number;
}

export function createHttpMetrics(registry: Registry): HttpMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'backup_graphql_http_requests_total',
    help: 'HTTP requests by route, method and status; "aborted" where the client was gone first.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'backup_graphql_http_request_duration_seconds',
    help: 'Time from the head of an HTTP request to the end of its answer.',
    labelNames: ['route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const refusals = new Counter({
    name: 'backup_graphql_http_refused_total',
    help: 'Refused by reason: "connections", "pipelining" and "requests" for being too many, "headers" for being too large, "timeout" for arriving too slowly, "malformed" and "connect" for being no request of this server.',
    labelNames: ['reason'],
    registers,
  });
  return {
    refused: (reason) => {
      refusals.inc({ reason });
    },
    answered({ route = 'none', method, status, seconds }) {
      requests.inc({ route, method, status: status ?? 'aborted' });
      duration.observe({ route }, seconds);
    },
  };
}
