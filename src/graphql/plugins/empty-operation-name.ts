import type { ApolloServerPlugin } from '@apollo/server';
import type { Context } from '../context.js';

/**
 * Treats an empty `operationName` as absent: editors, gateways and generated clients always send
 * it, and GraphQL over HTTP specifies this for GET. Must precede the plugins that inspect the
 * request.
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
