import { Counter, Histogram, type Registry } from 'prom-client';

export interface HttpMetrics {
  answered(answer: HttpAnswer): void;
  /** A connection or request was rejected. */
  refused(reason: string): void;
}

export interface HttpAnswer {
  /** The declared route; undefined if none matched. */
  readonly route: string | undefined;
  readonly method: string;
  /** Null if the client disconnected before the end of the response. */
  readonly status: number | null;
  readonly seconds: number;
}

export function createHttpMetrics(registry: Registry): HttpMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'backup_graphql_http_requests_total',
    help: 'HTTP requests by route, method and status; "aborted" if the client disconnected first.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'backup_graphql_http_request_duration_seconds',
    help: 'Time from the head of an HTTP request to the end of its response.',
    labelNames: ['route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const refusals = new Counter({
    name: 'backup_graphql_http_refused_total',
    help: 'Connections and requests rejected, by reason: "connections", "pipelining" and "requests" exceed a count limit, "bodies" the bytes of all bodies, "stalled" read no response, "headers" are too large, "timeout" arrived too slowly, "malformed" is not valid HTTP, "connect" is a proxy request.',
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
