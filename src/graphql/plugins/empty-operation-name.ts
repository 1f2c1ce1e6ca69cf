import type { ApolloServerPlugin } from '@apollo/server';
import type { Context } from '../context.js';

/**
 * Reads an empty `operationName` as one that is left out: editors, gateways and generated clients
 * always send the member, and GraphQL over HTTP says so of GET. It comes before the plugins that look
 * at the request.
 */
export function emptyOperationName(): ApolloServerPlugin<Context> {
  return {
    requestDidStart({ request }) {
      if (request.operationName === '') delete request.operationName;
      return DONE;
    },
  };
}

const DONE = Promise.resolve();
