import type { Attempt } from './retry.js';

/**
 * Repeats, at once and once per call, an attempt that met a pooled connection the other side had
 * closed while it was idle: that says nothing about the upstream, so no back-off is due.
 */
export function withFreshSocket(attempt: Attempt): Attempt {
  let used = false;
  return async () => {
    const outcome = await attempt();
    if (used || outcome.kind !== 'broken' || !outcome.onIdleSocket) return outcome;
    used = true;
    return attempt();
  };
}
