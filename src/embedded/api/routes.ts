import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Credentials } from '../../config/config.js';
import { hasBody } from '../../http/server/connections.js';
import {
  createPortServer,
  type PortServer,
  type ServerLimits,
} from '../../http/server/create-server.js';
import { MalformedRequestError, refuseMalformed } from '../../http/server/malformed-requests.js';
import { isIdPart } from '../../domain/ids.js';
import { HOME_REGION } from '../../domain/regions.js';
import type { Logger } from '../../telemetry/logger.js';
import { describeError } from '../../telemetry/redact.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { ApiError, invalidArgument, methodNotAllowed, notFound } from './api-error.js';
import { describeBackupDownloadUrl, type LinkOptions } from './describe-backup-download-url.js';
import { describeBackups } from './describe-backups.js';
import {
  describeInstanceAttributes,
  describeInstances,
  describeRegions,
} from './describe-instances.js';
import { badEncoding, parseTarget, type Parameters } from './parameters.js';
import { createVerifySignature } from './signature.js';

/** The purpose of a request without a valid signature. */
export type UnsignedKind = 'api' | 'download';

export interface ApiServerOptions {
  readonly limits: ServerLimits;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly onStalled: () => void;
  /** Called for each request rejected without a valid signature. */
  readonly onUnsigned: (kind: UnsignedKind) => void;
}

/** The request decorator that is true once its signature, or that of its link, is verified. */
export const IS_SIGNED = 'isSigned';

/** Creates the server of EMBEDDED_PORT without routes; errors have the API's format. */
export function createApiServer(options: ApiServerOptions): PortServer {
  const { limits, logger, now, onStalled, onUnsigned } = options;

  /** Clients read the server's clock from this header: it must be the one that verifies. */
  function setDate({ raw }: FastifyReply): void {
    raw.setHeader('Date', now().toUTCString());
  }

  function refuseUnsigned(error: Error, { url }: FastifyRequest, reply: FastifyReply): void {
    onUnsigned(url.startsWith('/download/') ? 'download' : 'api');
    sendRefusal(reply, toApiError(error, logger));
  }

  const server = createPortServer({
    limits,
    toErrorBody: (status, message) => errorBody(refusalOf(status, message), randomUUID()),
    onRefused: (reason) => {
      if (reason === 'stalled') onStalled();
    },
    fastify: {
      genReqId: () => randomUUID(),
      routerOptions: {
        maxParamLength: limits.maxHeaderBytes,
        // parseTarget() reads it as it was signed.
        querystringParser: () => ({}),
      },
      frameworkErrors(error, request, reply) {
        // No hooks and no decorators.
        setDate(reply);
        refuseUnsigned(error, request, reply);
      },
    },
  });
  const { http } = server;
  http.decorateRequest(IS_SIGNED, false);
  http.addHook('onRequest', (_request, reply, done) => {
    setDate(reply);
    done();
  });
  refuseMalformed(http);
  http.setErrorHandler((error: Error, request, reply) => {
    if (!request.getDecorator<boolean>(IS_SIGNED)) refuseUnsigned(error, request, reply);
    else sendRefusal(reply, toApiError(error, logger));
  });
  http.setNotFoundHandler(() => {
    throw noRoute();
  });
  return server;
}

type Ids = Readonly<Record<'regionId' | 'instanceId' | 'backupId', string>>;
type Operation = (ids: Ids, parameters: Parameters) => Promise<object>;

export interface OperationOptions extends LinkOptions {
  readonly catalogue: Catalogue;
  readonly credentials: Credentials;
  readonly now: () => Date;
}

const REGION = '/v1/regions/:regionId';
/** The link operation has two published paths. */
const ACTION = ':describeBackupDownloadURL';

/** Adds the operations of the API, all GET and signed. */
export function addOperations(http: PortServer['http'], options: OperationOptions): void {
  const { catalogue, now } = options;
  const verifySignature = createVerifySignature(options.credentials);

  function add(url: string, run: Operation): void {
    http.route({
      url,
      method: http.supportedMethods,
      onRequest({ method, raw }, _reply, done) {
        if (method !== 'GET') done(methodNotAllowed('GET'));
        else if (hasBody(raw)) done(invalidArgument('A GET request must not have a body.'));
        else done();
      },
      async handler(request, reply) {
        const ids = idsOf(request.params as Params);
        const target = parseTarget(request.url);
        const { headers } = request;
        verifySignature(
          { ...target, method: 'GET', headers },
          'regionId' in ids ? ids.regionId : HOME_REGION,
          now(),
        );
        request.setDecorator(IS_SIGNED, true);
        const result = await run(ids, new Map(target.query));
        return setHeaders(reply).send({ requestId: request.id, result });
      },
    });
  }

  const link: Operation = (ids, query) => describeBackupDownloadUrl(catalogue, options, ids, query);
  add('/v1/regions', () => describeRegions(catalogue));
  add(`${REGION}/backups`, (ids, query) => describeBackups(catalogue, ids, query));
  add(`${REGION}/instances`, (ids, query) => describeInstances(catalogue, ids, query));
  add(`${REGION}/instances/:instanceId`, (ids) => describeInstanceAttributes(catalogue, ids));
  add(`${REGION}/backups/:backupId/downloadURLs`, link);
  add(`${REGION}/backups/:action`, link);
}

type Params = Ids & { readonly action?: string };

function idsOf({ action, ...params }: Params): Ids {
  const ids = action === undefined ? params : { ...params, backupId: backupIdOf(action) };
  if (!Object.values(ids).every(isIdPart)) throw noRoute();
  return ids;
}

function backupIdOf(action: string): string {
  return action.endsWith(ACTION) ? action.slice(0, -ACTION.length) : '';
}

export function noRoute(): ApiError {
  return notFound('No such route.');
}

/** Responds with an error in the API's format. */
export function sendRefusal(reply: FastifyReply, refusal: ApiError): FastifyReply {
  return setHeaders(reply)
    .code(refusal.httpStatus)
    .headers(refusal.headers)
    .send(errorBody(refusal, reply.request.id));
}

function errorBody({ httpStatus, status, message }: ApiError, requestId: string) {
  return { requestId, error: { code: httpStatus, status, message, details: [] } };
}

function setHeaders(reply: FastifyReply): FastifyReply {
  return reply.headers({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-jdcloud-request-id': reply.request.id,
  });
}

/** Anything unexpected is logged and loses its message, which could contain local paths. */
export function toApiError(error: Error & { readonly code?: string }, logger: Logger): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof MalformedRequestError) return refusalOf(error.statusCode, error.message);
  if (error.code === 'FST_ERR_BAD_URL') return badEncoding();
  logger.error({ error: describeError(error) }, 'embedded upstream failed');
  return new ApiError(500, 'INTERNAL', 'Internal server error.');
}

const refusalOf = (status: number, message: string): ApiError =>
  new ApiError(status, STATUS_NAMES[status] ?? 'INVALID_ARGUMENT', message);

const STATUS_NAMES: Readonly<Record<number, string>> = {
  405: 'HTTP_METHOD_NOT_ALLOWED',
  408: 'DEADLINE_EXCEEDED',
};
