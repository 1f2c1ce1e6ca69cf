/**
 * Hands on who asks, from which address and in which trace; left to itself the gateway passes the id of the
 * request alone. The address is that of the connection: a header of the client could name any.
 */
export const gatewayConfig = {
  propagateHeaders: {
    fromClientToSubgraphs: ({ request, context }) => ({
      authorization: request.headers.get('authorization'),
      traceparent: request.headers.get('traceparent'),
      tracestate: request.headers.get('tracestate'),
      'x-forwarded-for': context.req.socket.remoteAddress,
    }),
  },
};
