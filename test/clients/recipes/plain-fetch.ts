import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import type { Answer, Failure } from './answer.js';

/** @throws TypeError if the service cannot be reached, SyntaxError if the response is not JSON */
export async function ask<Data, Variables>(
  endpoint: string,
  headers: Record<string, string>,
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify({ query: print(query), variables }),
  });
  // The body says what is wrong with 400, 401 and 403, too.
  const { data = null, errors = [] } = (await response.json()) as Body<Data>;
  return { data, failures: errors };
}

interface Body<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly Failure[];
}
