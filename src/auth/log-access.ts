import type { AuthConfig } from '../config/config.js';
import { isLoopback } from '../config/host-scope.js';
import type { Logger } from '../telemetry/logger.js';

/**
 * Logs at startup which clients are served and which issuers and audiences are accepted.
 * @param host the listen address, as in HOST
 */
export function logAccess(auth: AuthConfig, host: string, logger: Logger): void {
  if (auth.kind === 'jwt') {
    const { issuers, audiences } = auth.tokens;
    logger.info(
      { keys: auth.keys.kind, issuers, audiences },
      'callers are authenticated by token (AUTH=jwt)',
    );
  } else if (auth.allowAnonymous) {
    logger.warn('every client has full access (AUTH=none, ALLOW_ANONYMOUS=true)');
  } else if (!isLoopback(host)) {
    logger.warn(
      'only local clients are served (AUTH=none) although HOST accepts remote connections; to serve remote clients, set AUTH=jwt or ALLOW_ANONYMOUS=true',
    );
  } else {
    logger.info(
      'only local clients are served, with full access (AUTH=none); behind a reverse proxy, set AUTH=jwt: a proxy that adds no headers looks like a local client',
    );
  }
}
