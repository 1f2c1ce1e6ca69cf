import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Credentials } from '../config/config.js';
import { toOriginForm } from '../http/connections/absolute-form.js';
import type { Logger } from '../telemetry/logger.js';
import { createNonces } from './api/nonces.js';
import { verifySignature } from './api/verify-signature.js';
import type { FindOperation, RoutedOperation } from './api/routes.js';
import { invalidArgument, methodNotAllowed } from './api/api-error.js';
import { respondToFailure, respondWithResult } from './api/respond.js';
import { parseTarget, type Target } from './api/target.js';
import type { ServeDownload } from './store.js';

/** The purpose of a request without a valid signature. */
export type UnsignedKind = 'api' | 'download';

export interface RequestHandlerOptions {
  readonly findOperation: FindOperation;
  /** Absent if links point to another server. */
  readonly download?: ServeDownload | undefined;
  readonly credentials: Credentials;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Called for each request rejected without a valid signature. */
  readonly onUnsigned: (kind: UnsignedKind) => void;
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Handles all requests to the embedded upstream: signed operations, and downloads by link. */
export function createRequestHandler(options: RequestHandlerOptions): RequestHandler {
  const { findOperation, download, credentials, logger, now, onUnsigned } = options;
  const nonces = createNonces();

  function admit(request: IncomingMessage, target: Target): RoutedOperation {
    const operation = findOperation(target.path);
    if (request.method !== 'GET') throw methodNotAllowed('GET');
    if (hasBody(request)) throw invalidArgument('A GET request must not have a body.');
    const { headers } = request;
    verifySignature({ ...target, method: 'GET', headers }, operation.regionId, {
      credentials,
      nonces,
      now: now(),
    });
    return operation;
  }

  return async (request, response) => {
    // Clients read the server's clock from this header, so it must match the clock that verifies
    // signatures.
    response.setHeader('Date', now().toUTCString());
    const url = toOriginForm(request);
    let operation: RoutedOperation;
    let target: Target;
    try {
      target = parseTarget(url);
      if (download && target.path[0] === 'download') {
        await download(request, response, target);
        return;
      }
      operation = admit(request, target);
    } catch (error) {
      onUnsigned(url.startsWith('/download/') ? 'download' : 'api');
      respondToFailure(response, error, logger);
      return;
    }
    try {
      respondWithResult(response, await operation.run(new Map(target.query)));
    } catch (error) {
      respondToFailure(response, error, logger);
    }
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}
