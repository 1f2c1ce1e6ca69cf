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
