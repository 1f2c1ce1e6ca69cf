import type { TracingConfig } from '../config/tracing.js';
import type { Logger } from './logger.js';
import { describeError } from './redact.js';

export type SpanAttributes = Readonly<Record<string, string | number>>;

export interface SpanEnd {
  /** Replaces the initial name. */
  readonly name?: string;
  readonly attributes?: SpanAttributes;
  /** The error code, if it failed. */
  readonly error?: string | undefined;
}

/** A span. It must never contain arguments, links or file names. */
export interface Span {
  child(name: string, kind: 'internal' | 'client'): Span;
  event(name: string, attributes: SpanAttributes): void;
  end(end?: SpanEnd): void;
}

/** Traces of requests, sent to a collector. */
export interface Tracing {
  /**
   * Starts the span of an HTTP request.
   * @param headers its headers; `traceparent` continues a trace
   */
  startRequest(name: string, headers: TraceHeaders): Span;
  /** Sends pending spans, if that takes only a moment. */
  close(): Promise<void>;
}

export type TraceHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Null if tracing is off, which avoids loading its large libraries. Failures are logged and do not
 * stop the product.
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
    logger.warn({ error: describeError(error) }, 'tracing disabled: could not set up the exporter');
    return null;
  }
}
