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
import { sendError } from './errors.js';

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

/** Whether a request is a browser navigation rather than a data request. */
export function acceptsPage({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return (headers.accept ?? '').includes('text/html');
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

/** Tells remote browsers, in the page's languages, that only local ones are served. */
const NOT_LOCAL_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Backup downloads</title>
<h1>This service serves only browsers on its own machine</h1>
<p>It does not authenticate callers (<code>AUTH=none</code>), so it accepts requests only from its own machine, to a local host name and not through a proxy. A token will not help.</p>
<p>To serve others, its operator can set <code>AUTH=jwt</code>, or <code>ALLOW_ANONYMOUS=true</code> on a network where everyone may download everything.</p>
<div lang="zh-CN">
<h1>此服务只响应本机上的浏览器</h1>
<p>服务未启用身份验证（<code>AUTH=none</code>），因此只接受来自本机、使用本机主机名且不经代理的访问。令牌不起作用。</p>
<p>要供其他机器使用，请管理员设置 <code>AUTH=jwt</code>；如果网络中的所有人都可以下载全部备份，也可以设置 <code>ALLOW_ANONYMOUS=true</code>。</p>
</div>
</html>
`;

/** It has neither script nor style. */
const NOT_LOCAL_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
