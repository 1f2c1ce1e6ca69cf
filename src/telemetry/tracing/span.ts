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
