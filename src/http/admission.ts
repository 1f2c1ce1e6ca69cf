import type {
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
  preHandlerHookHandler,
} from 'fastify';
import { KeysUnavailableError, RefusedTokenError } from '../auth/authentication-error.js';
import type { Authenticate } from '../auth/authenticator.js';
import { isLocalRequest } from '../auth/local-client.js';
import type { Refusals } from '../auth/refusals.js';
import type { Caller } from '../domain/caller.js';
import { acceptsPage } from './pages/accepts-page.js';
import { NOT_LOCAL_PAGE, NOT_LOCAL_POLICY } from './pages/not-local-page.js';
import { sendError } from './refusals/send-error.js';

/** Rejects a request or stores its caller, before the body is read. */
export type Admit = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

export interface AdmissionOptions {
  readonly authenticate: Authenticate;
  readonly refusals: Pick<Refusals, 'report'>;
  /** HOST if only local clients are served, otherwise null. */
  readonly localHost: string | null;
}

/** The request decorator that holds the caller. */
export const CALLER = 'caller';

/**
 * Responds in GraphQL format: 403 to remote clients, 401 to an invalid token, 503 without keys.
 */
export function createAdmission({ authenticate, refusals, localHost }: AdmissionOptions): Admit {
  return async (request, reply) => {
    const { authorization } = request.headers;
    if (localHost !== null && !isOfThisMachine(request, localHost)) {
      return sendError(reply, 403, 'FORBIDDEN', NOT_LOCAL);
    }
    try {
      request.setDecorator<Caller>(CALLER, await authenticate(authorization));
    } catch (error) {
      if (error instanceof RefusedTokenError) {
        return refuseToken(request, reply, refusals, error);
      }
      if (error instanceof KeysUnavailableError) {
        reply.header('retry-after', RETRY_AFTER);
        return sendError(reply, 503, 'INTERNAL_SERVER_ERROR', NO_KEYS);
      }
      throw error;
    }
  };
}

/** Rejects a token that ended while its request arrived or waited, before anything is executed. */
export function refuseEndedTokens(
  refusals: Pick<Refusals, 'report'>,
  now: () => number = Date.now,
): preHandlerHookHandler {
  return (request, reply, done) => {
    const { expiresAt = Infinity } = request.getDecorator<Caller>(CALLER);
    if (now() < expiresAt) done();
    else refuseToken(request, reply, refusals, new RefusedTokenError('exp: passed'));
  };
}

function refuseToken(
  request: FastifyRequest,
  reply: FastifyReply,
  refusals: Pick<Refusals, 'report'>,
  error: RefusedTokenError,
): FastifyReply {
  refusals.report(error, request.id);
  reply.header('www-authenticate', 'Bearer error="invalid_token"');
  return sendError(reply, 401, 'UNAUTHENTICATED', error.message);
}

/**
 * The same for routes without callers: rejects remote clients if only local ones are served, and
 * shows browsers a page.
 */
export function refuseOthers(localHost: string | null): onRequestHookHandler {
  return (request, reply, done) => {
    if (localHost === null || isOfThisMachine(request, localHost)) done();
    else if (!acceptsPage(request)) sendError(reply, 403, 'FORBIDDEN', NOT_LOCAL);
    else
      reply
        .code(403)
        .type('text/html; charset=utf-8')
        .header('content-security-policy', NOT_LOCAL_POLICY)
        .send(NOT_LOCAL_PAGE);
  };
}

/** Judged by the socket and the request headers. */
function isOfThisMachine({ raw }: FastifyRequest, localHost: string): boolean {
  const { socket, httpVersion, headers } = raw;
  return isLocalRequest({ remoteAddress: socket.remoteAddress, httpVersion, headers }, localHost);
}

/** Seconds. */
const RETRY_AFTER = 5;
const NOT_LOCAL =
  'Only direct requests from this machine to a loopback host name are served while authentication is off (AUTH=none). To serve other clients, set AUTH=jwt or ALLOW_ANONYMOUS=true on the server.';
const NO_KEYS = 'Tokens cannot be verified at the moment; retry later.';
