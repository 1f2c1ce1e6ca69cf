import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { Answer } from './recipes/answer.js';
import * as apolloClient from './recipes/apollo-client.js';
import * as plainFetch from './recipes/plain-fetch.js';
import * as urql from './recipes/urql.js';

export type Ask = <Data, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
) => Promise<Answer<Data>>;

export type Connect = (endpoint: string, headers?: Record<string, string>) => Ask;

/** The recipe of each client under a common interface; each connection is a new client. */
export const connections: readonly (readonly [name: string, connect: Connect])[] = [
  [
    'Apollo Client',
    (endpoint, headers = {}) => {
      const client = apolloClient.createApolloClient(endpoint, headers);
      return (document, variables) => apolloClient.ask(client, document, variables);
    },
  ],
  [
    'urql',
    (endpoint, headers = {}) => {
      const client = urql.createUrqlClient(endpoint, headers);
      return (document, variables) => urql.ask(client, document, variables);
    },
  ],
  [
    'fetch',
    (endpoint, headers = {}) =>
      (document, variables) =>
        plainFetch.ask(endpoint, headers, document, variables),
  ],
];
