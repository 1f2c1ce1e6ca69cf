import type { Logger } from '../../telemetry/logger.js';
import { type AttemptOutcome, judge } from '../outcome.js';

/** Corrects the clock from the outcomes of a call's attempts. */
export interface ClockCorrection {
  /**
   * The offset in milliseconds for signing the next attempt; undefined for the stored one. An
   * offset is on trial for one call and is stored once an attempt signed with it is accepted.
   * @param trial the offset on trial that signed the attempt
   */
  after(outcome: AttemptOutcome, trial: number | undefined): number | undefined;
}

/** Larger differences make the upstream reject a signature as too old or too new. */
const TOLERANCE_MS = 5 * 60 * 1000;

export function createClockCorrection(clock: UpstreamClock, logger: Logger): ClockCorrection {
  const keep = (offset: number): void => {
    // Concurrent calls learn the same; only the first logs it.
    const isNews = Math.abs(offset - clock.offset()) > TOLERANCE_MS;
    clock.setOffset(offset);
    if (!isNews) return;
    const skewSeconds = Math.round(offset / 1000);
    if (Math.abs(offset) > TOLERANCE_MS) {
      logger.warn({ skewSeconds }, 'host clock is wrong; using upstream time');
    } else {
      logger.info({ skewSeconds }, 'host clock is correct again');
    }
  };

  return {
    after: (outcome, trial) => {
      if (outcome.kind !== 'answered') return trial;
      const { code, suspect } = judge(outcome);
      if (code === null && trial !== undefined) keep(trial);
      if (suspect === null) return trial;
      return trial === undefined ? offsetToTry(outcome) : undefined;
    },
  };
}

/**
 * The offset from the `Date` of a rejection that blames the signature's time. In other rejections,
 * `Date` can be that of a proxy.
 */
export function offsetToTry(outcome: AttemptOutcome): number | undefined {
  if (outcome.kind !== 'answered' || judge(outcome).suspect === null) return undefined;
  const { errorText, clockOffset } = outcome.reply;
  return saysWrongTime(errorText) ? clockOffset : undefined;
}

/** Longer than any real message; bounds the expressions below. */
const MAX_TEXT = 4096;

export function saysWrongTime(errorText: string): boolean {
  const text = errorText.slice(0, MAX_TEXT);
  return WRONG_TIME.some((wording) => wording.test(text));
}

/**
 * Error messages and codes of clouds with this kind of signature: `x-jdcloud-date is expired`,
 * `Signature expired`, `SIGNATURE_EXPIRED`, `RequestTimeTooSkewed`, `RequestInTheFuture`,
 * `Signature not yet current`, `InvalidTimeStamp.Expired`. Excludes expired tokens and keys: `The
 * security token included in the request is expired`.
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

/** The upstream's clock as far as known, relative to the host clock. */
export interface UpstreamClock {
  /** Milliseconds the upstream clock is ahead. */
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
