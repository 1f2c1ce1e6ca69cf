import { isLoopback, isWildcard } from './host-scope.js';
import type { Settings } from './settings.js';

/**
 * Warns where other machines are served and links begin with an address that is, to each of them, its
 * own: the download would look broken. With a concrete HOST links begin with that by themselves.
 */
export function warnOfLinkBases(s: Settings, warn: (warning: string) => void): void {
  if (s.UPSTREAM !== 'embedded' || s.EMBEDDED_BUCKET || isLoopback(s.HOST)) return;
  const bases = [
    ...(s.PUBLIC_LINKS === 'true' ? [['EMBEDDED_PUBLIC_URL', 'public'] as const] : []),
    ['EMBEDDED_INTERNAL_URL', 'internal'] as const,
  ];
  for (const [name, network] of bases) {
    if (!leadsElsewhere(s[name], s.HOST)) {
      warn(
        `${name}: ${s[name] === undefined ? 'not set' : 'a loopback address'}, so links over the ${network} network work on this machine only: set the address at which other machines reach EMBEDDED_PORT, as http://host:4001`,
      );
    }
  }
}

/** Whether a client on another machine that follows the base comes to this one. */
function leadsElsewhere(base: string | undefined, host: string): boolean {
  const { hostname } = base === undefined ? { hostname: host } : new URL(base);
  return !isLoopback(hostname) && !isWildcard(hostname);
}
