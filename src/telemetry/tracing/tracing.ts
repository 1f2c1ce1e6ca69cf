import type { TracingConfig } from '../../config/tracing.js';
import type { Logger } from '../logger.js';
import { describeError } from '../redact.js';

export type SpanAttributes = Readonly<Record<string, string | number>>;

export interface SpanEnd {
  /** In place of the name it began with. */
  readonly name?: string;
  readonly attributes?: SpanAttributes;
  /** The code of the error it ended in. */
  readonly error?: string | undefined;
}

/** A piece of work in a trace. What is told of it must never hold arguments, links or names of files. */
export interface Span {
  child(name: string, kind: 'internal' | 'client'): Span;
  event(name: string, attributes: SpanAttributes): void;
  end(end?: SpanEnd): void;
}

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
