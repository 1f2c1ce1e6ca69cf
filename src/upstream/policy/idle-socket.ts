import type { RepeatAtOnce } from './retry.js';

/**
 * Repeats, once per call, an attempt that met a pooled connection the other side had closed while it
 * was idle: that says nothing about the upstream, so no back-off is due.
 */
export function onFreshSocket(): RepeatAtOnce {
  let used = false;
  return (outcome) => {
    if (used || outcome.kind !== 'broken' || !outcome.onIdleSocket) return false;
    used = true;
    return true;
  };
}
