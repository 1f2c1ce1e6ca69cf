import type { AuthConfig } from '../config/config.js';
import { isLoopback } from '../config/host-scope.js';
import type { Logger } from '../telemetry/logger.js';

/**
 * Says once, at the start, who is served, and what tokens are expected to say.
 * @param host the address listened on, as HOST spells it
 */
export function logAccess(auth: AuthConfig, host: string, logger: Logger): void {
  if (auth.kind === 'jwt') {
    const { issuers, audiences } = auth.tokens;
    logger.info(
      { keys: auth.keys.kind, issuers, audiences },
      'callers are told apart by their tokens (AUTH=jwt)',
    );
  } else if (auth.allowAnonymous) {
    logger.warn(
      'everybody who reaches this server has all rights (AUTH=none, ALLOW_ANONYMOUS=true)',
    );
  } else if (!isLoopback(host)) {
    logger.warn(
      'only clients on this machine are served (AUTH=none), though HOST lets others connect: to serve them set AUTH=jwt, or ALLOW_ANONYMOUS=true',
    );
  } else {
    logger.info(
      'only clients on this machine are served, with all rights (AUTH=none); behind a reverse proxy set AUTH=jwt, since one that adds no headers looks like a local client',
    );
  }
}
