import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { KeysUnavailableError, RefusedTokenError } from '../auth/authentication-error.js';
import type { Authenticate } from '../auth/authenticator.js';
import { isLocalRequest } from '../auth/local-client.js';
import type { Refusals } from '../auth/refusals.js';
import type { Caller } from '../domain/caller.js';
import { sendError } from './refusals/send-error.js';

/** Refuses a request or remembers who sent it, before its body is read. */
export type Admit = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

export interface AdmissionOptions {
  readonly authenticate: Authenticate;
  readonly refusals: Pick<Refusals, 'report'>;
  /** Where only this machine is served: HOST, as it is set. */
  readonly localHost: string | null;
}

/** The decorator of a request that holds its caller. */
export const CALLER = 'caller';

/** Answers in the GraphQL form: 403 to other machines, 401 to a bad token, 503 without the keys. */
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
        refusals.report(error, request.id);
        reply.header('www-authenticate', 'Bearer error="invalid_token"');
        return sendError(reply, 401, 'UNAUTHENTICATED', error.message);
      }
      if (error instanceof KeysUnavailableError) {
        reply.header('retry-after', RETRY_AFTER);
        return sendError(reply, 503, 'INTERNAL_SERVER_ERROR', NO_KEYS);
      }
      throw error;
    }
  };
}

/** The same for what needs no caller: refuses other machines where only this one is served. */
export function refuseOthers(localHost: string | null): onRequestHookHandler {
  return (request, reply, done) => {
    if (localHost === null || isOfThisMachine(request, localHost)) done();
    else sendError(reply, 403, 'FORBIDDEN', NOT_LOCAL);
  };
}

/** By the socket and the head of the request. */
function isOfThisMachine({ raw }: FastifyRequest, localHost: string): boolean {
  const { socket, httpVersion, headers } = raw;
  return isLocalRequest({ remoteAddress: socket.remoteAddress, httpVersion, headers }, localHost);
}

/** Seconds. */
const RETRY_AFTER = 5;
const NOT_LOCAL =
  'Only clients on this machine are served, under its local name and not through a proxy: the server does not tell callers apart (AUTH=none). To serve others, its operator sets AUTH=jwt, or ALLOW_ANONYMOUS=true.';
const NO_KEYS = 'Tokens cannot be checked at the moment: try again later.';
