import type { Logger } from '../../telemetry/logger.js';
import type { AnsweredAttempt } from '../attempt.js';
import type { UpstreamClock } from '../upstream-clock.js';
import type { RepeatAtOnce } from './retry.js';

/** Farther apart than this, the upstream takes a signature for too old or too new. */
const TOLERANCE_MS = 5 * 60 * 1000;

const SAYS_EXPIRED =
  /signature\W+(is\W+|has\W+)?expired|request\W*(is\W+|has\W+)?expired|time\W*(is\W*)?too\W*skewed/i;

/**
 * Repeats an attempt that was refused for our clock: learns the upstream's time from the `Date` of the
 * refusal and keeps it for later calls.
 */
export function onCorrectedClock(clock: UpstreamClock, logger: Logger): RepeatAtOnce {
  return (outcome) => {
    if (outcome.kind !== 'answered') return false;
    const offset = offsetToLearn(outcome);
    if (offset === undefined) return false;
    // Calls that run side by side learn the same; only the first has news.
    if (Math.abs(offset - clock.offset()) > TOLERANCE_MS) {
      const skewSeconds = Math.round(offset / 1000);
      logger.warn({ skewSeconds }, 'the clock of this host is wrong; using the upstream time');
    }
    clock.setOffset(offset);
    return true;
  };
}

/** The offset that would have been right for this attempt, where it was refused for its time. */
function offsetToLearn({ reply, clockOffset }: AnsweredAttempt): number | undefined {
  const refused = reply.status === 401 || reply.status === 403;
  if (!refused || reply.clockOffset === undefined) return undefined;
  const isFarOff = Math.abs(reply.clockOffset - clockOffset) > TOLERANCE_MS;
  return isFarOff || SAYS_EXPIRED.test(reply.errorText) ? reply.clockOffset : undefined;
}
