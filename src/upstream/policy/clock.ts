import type { Logger } from '../../telemetry/logger.js';
import type { Reply } from '../reply.js';

/** The upstream's clock as far as known, relative to the host clock. */
export interface UpstreamClock {
  /** Milliseconds the upstream clock is ahead. */
  offset(): number;
  /** Keeps an offset that signed an accepted request. */
  keep(ms: number): void;
}

/** Larger differences make the upstream reject a signature as too old or too new. */
const TOLERANCE_MS = 5 * 60 * 1000;

export function createUpstreamClock(logger: Logger): UpstreamClock {
  let offset = 0;
  return {
    offset: () => offset,
    keep: (ms) => {
      // Concurrent calls learn the same; only the first logs it.
      const isNews = Math.abs(ms - offset) > TOLERANCE_MS;
      offset = ms;
      if (!isNews) return;
      const skewSeconds = Math.round(ms / 1000);
      if (Math.abs(ms) > TOLERANCE_MS) {
        logger.warn({ skewSeconds }, 'host clock is wrong; using upstream time');
      } else {
        logger.info({ skewSeconds }, 'host clock is correct again');
      }
    },
  };
}

/**
 * The offset to sign with after a rejection that blames the signature's time, from its `Date`. In
 * other rejections, `Date` can be that of a proxy.
 */
export function offsetToTry({ errorText, clockOffset }: Reply): number | undefined {
  return WRONG_TIME.some((wording) => wording.test(errorText)) ? clockOffset : undefined;
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
