import type { Logger } from '../../telemetry/logger.js';
import type { AttemptOutcome } from '../attempt-outcome.js';
import type { Reply } from '../reply.js';
import type { RepeatAtOnce } from './retry.js';

/** Looks at how each attempt of a call ended, for what it says about the clock. */
export interface ClockCorrection {
  /**
   * The offset to sign the next attempt of the call with, in milliseconds; undefined for the one that is
   * kept. An offset is on trial for one call, and is kept once an attempt made with it was accepted.
   * @param trial the offset on trial that the attempt was signed with
   */
  after(outcome: AttemptOutcome, trial: number | undefined): number | undefined;
}

/** Farther apart than this, the upstream takes a signature for too old or too new. */
const TOLERANCE_MS = 5 * 60 * 1000;

export function createClockCorrection(clock: UpstreamClock, logger: Logger): ClockCorrection {
  const keep = (offset: number): void => {
    // Calls that run side by side learn the same; only the first has news.
    const isNews = Math.abs(offset - clock.offset()) > TOLERANCE_MS;
    clock.setOffset(offset);
    if (!isNews) return;
    const skewSeconds = Math.round(offset / 1000);
    if (Math.abs(offset) > TOLERANCE_MS) {
      logger.warn({ skewSeconds }, 'the clock of this host is wrong; using the upstream time');
    } else {
      logger.info({ skewSeconds }, 'the clock of this host is right again');
    }
  };

  return {
    after: (outcome, trial) => {
      if (outcome.kind !== 'answered') return trial;
      const { reply } = outcome;
      if (reply.status < 300) {
        if (trial !== undefined) keep(trial);
        return trial;
      }
      if (!REFUSALS.has(reply.status)) return trial;
      return trial === undefined ? offsetToTry(reply) : undefined;
    },
  };
}

/** Repeats an attempt that was refused for the time of its signature, with the upstream's own time. */
export const onCorrectedClock: RepeatAtOnce = (outcome) =>
  outcome.kind === 'answered' && offsetToTry(outcome.reply) !== undefined;

const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403]);

/**
 * The offset by the `Date` of a refusal that names the time of the signature as its reason. Of any other
 * refusal the `Date` may be that of a proxy, and says nothing.
 */
function offsetToTry(reply: Reply): number | undefined {
  return REFUSALS.has(reply.status) && saysWrongTime(reply.errorText)
    ? reply.clockOffset
    : undefined;
}

/** No real message is longer, and no expression below should meet one that is. */
const MAX_TEXT = 4096;

export function saysWrongTime(errorText: string): boolean {
  const text = errorText.slice(0, MAX_TEXT);
  return WRONG_TIME.some((wording) => wording.test(text));
}

/**
 * How clouds that sign requests this way word it, as words and as codes: `x-jdcloud-date is expired`,
 * `Signature expired`, `SIGNATURE_EXPIRED`, `RequestTimeTooSkewed`, `RequestInTheFuture`, `Signature not
 * yet current`, `InvalidTimeStamp.Expired`. Not the end of a token or of a key: `The security token
 * included in the request is expired`.
 */
const WRONG_TIME: readonly RegExp[] = [
  /(?:signature|(?<!\bin the )request|time[\W_]?stamp|(?<![a-z])date(?: value)?|(?:request|signature|signing)[\W_]*time)[\W_]*(?:(?:is|was|has|have|already|been)[\W_]+){0,3}expired?/i,
  /(?:clock|time|date)[\W_]*(?:(?:is|was)[\W_]+)?(?:too[\W_]*)?skew/i,
  /(?:signature|request|time[\W_]?stamp|date|time)[\W_]*(?:(?:is|was)[\W_]+)?(?:too[\W_]+far[\W_]+)?in[\W_]*the[\W_]*(?:future|past)/i,
  /signature[\W_]*(?:is[\W_]+)?not[\W_]*yet[\W_]*(?:current|valid)/i,
  /difference between the request time/i,
  /(?:invalid|illegal|incorrect|wrong)[\W_]*(?:x-jdcloud-|x-amz-|request[\W_]*|signature[\W_]*)?(?:date|time[\W_]?stamp)\b/i,
  /(?:x-jdcloud-date|time[\W_]?stamp)[^\n]{0,30}?(?:invalid|illegal|out[\W_]*of[\W_]*range|window|minutes)/i,
  /(?:签名|请求|时间戳|x-jdcloud-date)[^\n]{0,8}(?:过期|失效)/,
  /时间戳[^\n]{0,8}(?:错误|无效|不正确)/,
];

/** The upstream's clock as far as this process knows it: how far it is from the host's. */
export interface UpstreamClock {
  /** Milliseconds the upstream is ahead of the host. */
  offset(): number;
  setOffset(ms: number): void;
}

export function createUpstreamClock(): UpstreamClock {
  let offset = 0;
  return {
    offset: () => offset,
    setOffset: (ms) => {
      offset = ms;
    },
  };
}
