import type { Context } from '../command.js';
import { ServiceError } from './service-error.js';

/** Pauses before asking again, in milliseconds, before jitter. */
const PAUSES_MS = [500, 2000, 5000];
/** The longest pause that is waited for; a longer one is reported instead. */
const LONGEST_PAUSE_MS = 30_000;

/** What trying again takes. */
export type Patience = Pick<Context, 'sleep' | 'signal' | 'say' | 'random'>;

/**
 * Asks again after failures that may be over soon, a few times.
 * @throws the last failure, or the reason of the signal
 */
export async function patiently<T>(act: () => Promise<T>, patience: Patience): Promise<T> {
  const { sleep, signal, say, random } = patience;
  for (const pauseMs of PAUSES_MS) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ServiceError) || !error.isTransient) throw error;
      const askedMs = error.retryAfterMs ?? 0;
      if (askedMs > LONGEST_PAUSE_MS) throw error;
      // Never before the service wants it.
      const waitMs = Math.max(askedMs, pauseMs / 2) + (random() * pauseMs) / 2;
      say(`${error.message} Trying again in ${Math.ceil(waitMs / 1000)} s.`);
      await sleep(waitMs, signal);
    }
  }
  return act();
}
