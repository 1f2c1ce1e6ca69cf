import type { RepeatAtOnce } from './retry.js';

/**
 * Repeats an attempt that met a pooled connection the other side had closed while it was idle: that
 * says nothing about the upstream, so no back-off is due.
 */
export const onFreshSocket: RepeatAtOnce = (outcome) =>
  outcome.kind === 'broken' && outcome.onIdleSocket;
