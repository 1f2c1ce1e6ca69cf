import { describe, expect, it } from '@jest/globals';
import { offsetToTry } from '../../../../src/upstream/policy/clock.js';
import { toReply } from '../../../../src/upstream/reply.js';

const NOW = Date.UTC(2026, 0, 31, 12);
const HOUR = 3_600_000;
const EXPIRED = 'x-jdcloud-date is expired';
const DATE = { date: new Date(NOW + HOUR).toUTCString() };

/** The offset after a refusal that arrives at NOW, an hour behind the upstream. */
function offsetAfter(status: string, message: string, headers: Record<string, string> = DATE) {
  const body = JSON.stringify({ error: { code: 401, status, message } });
  return offsetToTry(toReply({ status: 401, headers, body, weight: 0 }, NOW));
}

describe('the clock of a refusal', () => {
  it.each([
    ['', 'signature expired'],
    ['', 'Signature has expired'],
    ['', EXPIRED],
    ['', 'the signature is already expired, check your clock'],
    ['', 'Signature expired: 20260131T120000Z is now earlier than 20260131T121500Z'],
    ['', 'Signature not yet current: 20260131T130000Z is still later than 20260131T120500Z'],
    ['', 'Request has expired'],
    ['', 'The difference between the request time and the current time is too large.'],
    ['', 'Specified time stamp or date value is expired.'],
    ['', 'invalid date'],
    ['', 'Invalid timestamp in request signature'],
    ['', 'x-jdcloud-date is not within 15 minutes of the server time'],
    ['', '签名已过期'],
    ['', '请求已过期'],
    ['RequestTimeTooSkewed', ''],
    ['REQUEST_TIME_TOO_SKEWED', ''],
    ['RequestExpired', ''],
    ['RequestInTheFuture', ''],
    ['SIGNATURE_EXPIRED', ''],
    ['InvalidTimeStamp.Expired', ''],
  ])('is tried where it says "%s%s"', (status, message) => {
    expect(offsetAfter(status, message)).toBe(HOUR);
  });

  it.each([
    'no permission',
    'The security token included in the request is expired',
    'The access key has expired',
    'Your credentials have expired.',
    'SignatureDoesNotMatch: the request signature we calculated does not match',
    'the header x-jdcloud-date must be sent and signed',
    'x-jdcloud-nonce was used before',
    'the account is overdue, last date of payment 2026-01-01',
  ])('is not tried where it says "%s"', (message) => {
    expect(offsetAfter('', message)).toBeUndefined();
  });

  it.each<[string, Record<string, string>, number | undefined]>([
    ['no Date', { date: '' }, undefined],
    ['a Date a second ahead', { date: new Date(NOW + 1000).toUTCString() }, 1000],
    ['a Date that is garbage', { date: 'yesterday' }, undefined],
    ['an Age', { age: '3600' }, undefined],
    ['a Warning', { warning: '110 - "stale"' }, undefined],
    ['a hit of a cache', { 'x-cache': 'HIT from proxy-1' }, undefined],
    ['a hit of another', { 'x-cache': 'TCP_MEM_HIT' }, undefined],
    ['a hit of a third', { 'cache-status': 'edge; hit; ttl=9' }, undefined],
    ['a miss', { age: '0', 'x-cache': 'MISS', 'cache-control': 'stale-if-error=60' }, HOUR],
  ])('with %s', (_, headers, offset) => {
    expect(offsetAfter('', EXPIRED, { ...DATE, ...headers })).toBe(offset);
  });
});
