import { orAborted } from '../../domain/stop-signal.js';
import type { CredentialSource } from '../credential-source.js';
import type { RepeatAtOnce } from './retry.js';

/**
 * Repeats an attempt with rejected credentials if new ones exist or can be read before the call's
 * deadline.
 */
export function onRenewedCredentials(source: CredentialSource): RepeatAtOnce {
  return (outcome, deadline) => {
    if (outcome.kind !== 'answered') return false;
    const { reply, credentials } = outcome;
    if (reply.status !== 401 && reply.status !== 403) return false;
    if (source.current() !== credentials) return true;
    // The rejection is more informative than a timeout while reading new ones.
    return orAborted(source.renew(credentials), deadline.signal).catch(() => false);
  };
}

/**
 * Repeats an attempt on a pooled connection that the peer had closed while idle. This says nothing
 * about the upstream, so there is no backoff.
 */
export const onFreshSocket: RepeatAtOnce = (outcome) =>
  outcome.kind === 'broken' && outcome.onIdleSocket;
