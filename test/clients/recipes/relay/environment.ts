import { Environment, type GraphQLResponse, Network, RecordSource, Store } from 'relay-runtime';
import { adviceFor } from '../advice.js';
import type { Failure } from '../answer.js';

/** A query with an error fails as a whole; the error's message is a sentence to show. */
export function createRelayEnvironment(url: string, headers: Record<string, string>): Environment {
  const network = Network.create(async ({ text }, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json, application/json;q=0.9',
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify({ query: text, variables }),
    });
    const body = (await response.json()) as GraphQLResponse & { errors?: readonly Failure[] };
    // Relay would replace its loaded pages with the null of a failed list.
    if (body.errors?.[0]) throw new Error(adviceFor(body.errors[0])[0]);
    return body;
  });
  return new Environment({ network, store: new Store(new RecordSource()) });
}
