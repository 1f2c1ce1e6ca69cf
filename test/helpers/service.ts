import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

/** An error in a response. */
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly [name: string]: unknown };
}

export interface GraphqlAnswer<Data> {
  readonly status: number;
  readonly headers: Headers;
  /** The raw body. */
  readonly text: string;
  readonly data: Data;
  readonly errors: readonly AnswerError[];
}

type RequestHeaders = Readonly<Record<string, string>>;

/** Calls of a product, in this process or another. */
export interface Service {
  readonly origin: string;
  readonly query: <Data = any, Variables = Record<string, unknown>>(
    document: string | TypedDocumentNode<Data, Variables>,
    variables?: Variables,
    headers?: RequestHeaders,
  ) => Promise<GraphqlAnswer<Data>>;
  /** Sends a body as it is given, and reads the answer. */
  readonly post: (
    body: object | string,
    headers?: RequestHeaders,
    signal?: AbortSignal,
  ) => Promise<GraphqlAnswer<any>>;
  /** The text of /metrics. */
  readonly metrics: () => Promise<string>;
}

export function serviceAt(origin: string): Service {
  const post: Service['post'] = async (body, headers, signal) => {
    const response = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal && { signal }),
    });
    const text = await response.text();
    const { data, errors = [] } = JSON.parse(text);
    return { status: response.status, headers: response.headers, text, data, errors };
  };
  return {
    origin,
    post,
    query: async (document, variables, headers) =>
      post({ query: await textOf(document), variables }, headers),
    metrics: async () => (await fetch(`${origin}/metrics`)).text(),
  };
}

/** Loads graphql only for documents that are no text: that takes longer than the rest of many a test. */
async function textOf<Data, Variables>(
  document: string | TypedDocumentNode<Data, Variables>,
): Promise<string> {
  return typeof document === 'string' ? document : (await import('graphql')).print(document);
}

/** Parses the lines of a log of at least this level. */
export function parsedLines(log: readonly string[], level = 0): any[] {
  return log.map((line) => JSON.parse(line)).filter((line) => line.level >= level);
}
