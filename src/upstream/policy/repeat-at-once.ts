import { orAborted } from '../../domain/stop-signal.js';
import type { CredentialSource } from '../credential-source.js';
import type { RepeatAtOnce } from './retry.js';

/**
 * Repeats an attempt whose credentials were refused, where there are others by now or they can be read
 * before the call's deadline.
 */
export function onRenewedCredentials(source: CredentialSource): RepeatAtOnce {
  return (outcome, deadline) => {
    if (outcome.kind !== 'answered') return false;
    const { reply, credentials } = outcome;
    if (reply.status !== 401 && reply.status !== 403) return false;
    if (source.current() !== credentials) return true;
    // The refusal says more than that time ran out on the way to others.
    return orAborted(source.renew(credentials), deadline.signal).catch(() => false);
  };
}

/**
 * Repeats an attempt that met a pooled connection the other side had closed while it was idle: that
 * says nothing about the upstream, so no back-off is due.
 */
export const onFreshSocket: RepeatAtOnce = (outcome) =>
  outcome.kind === 'broken' && outcome.onIdleSocket;
