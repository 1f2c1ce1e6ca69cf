import { isLoopback, isWildcard } from './host-scope.js';
import type { Settings } from './settings.js';

/**
 * Warns if remote clients are served but links start with a loopback address, which makes downloads
 * look broken. With a concrete HOST, links start with that address.
 */
export function warnOfLinkBases(s: Settings, warn: (warning: string) => void): void {
  if (s.UPSTREAM !== 'embedded' || s.EMBEDDED_BUCKET || isLoopback(s.HOST)) return;
  const bases = [
    ...(s.PUBLIC_LINKS ? [['EMBEDDED_PUBLIC_URL', 'public'] as const] : []),
    ['EMBEDDED_INTERNAL_URL', 'internal'] as const,
  ];
  for (const [name, network] of bases) {
    if (!leadsElsewhere(s[name], s.HOST)) {
      warn(
        `${name}: ${s[name] === undefined ? 'not set' : 'a loopback address'}; links over the ${network} network work on this machine only. Set the address where other machines reach EMBEDDED_PORT, for example http://host:4001`,
      );
    }
  }
}

/** Whether a remote client following the base URL reaches itself rather than this machine. */
function leadsElsewhere(base: string | undefined, host: string): boolean {
  const { hostname } = base === undefined ? { hostname: host } : new URL(base);
  return !isLoopback(hostname) && !isWildcard(hostname);
}
