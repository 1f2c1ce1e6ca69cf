/**
 * Forwards caller, address and trace; by default the gateway forwards only the request ID. The
 * address is that of the connection, since client headers can be forged.
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
