/** Passes the Authorization header of the caller on; left to itself the gateway passes none. */
export const gatewayConfig = {
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => ({
      authorization: request.headers.get('authorization'),
    }),
  },
};
