import type { TracingConfig } from '../../config/tracing.js';
import type { Logger } from '../logger.js';
import { describeError } from '../redact.js';
import type { Span } from './span.js';

/** Traces of requests, sent to a collector. */
export interface Tracing {
  /**
   * Begins the span of an HTTP request.
   * @param headers its headers; `traceparent` tells the trace it is part of
   */
  startRequest(name: string, headers: TraceHeaders): Span;
  /** Sends what is left, if that can be done in a moment. */
  close(): Promise<void>;
}

export type TraceHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Null where tracing is off: the libraries for it, which are large, are then not loaded. What keeps it from
 * starting is logged: the product does its work without it.
 */
export async function startTracing(
  config: TracingConfig | undefined,
  logger: Logger,
): Promise<Tracing | null> {
  if (config === undefined) return null;
  try {
    const { createOtelTracing } = await import('./otel-tracing.js');
    return createOtelTracing(config, logger);
  } catch (error) {
    logger.warn({ error: describeError(error) }, 'traces are off: the exporter cannot be set up');
    return null;
  }
}
