import { describe, expect, it } from '@jest/globals';
import { type AttemptOutcome, type End, endOf, VERDICTS } from '../../../src/upstream/outcome.js';
import { toReply } from '../../../src/upstream/reply.js';
import { TEST_CREDENTIALS } from '../../helpers/upstream-client.js';

type Headers = Readonly<Record<string, string>>;

function answered(status: number, body: unknown = {}, headers: Headers = {}): AttemptOutcome {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const reply = toReply({ status, headers, body: text, weight: text.length }, 0);
  return { kind: 'answered', reply, credentials: TEST_CREDENTIALS, sentAt: 0, answeredAt: 0 };
}
const broken = (code: string, onIdleSocket = false): AttemptOutcome => ({
  kind: 'broken',
  code,
  onIdleSocket,
});
const error = (code: unknown, status?: unknown, message = 'no') => ({
  requestId: 'r',
  error: { code, status, message },
});
const AFTER = { 'retry-after': '3' };
const LENGTH = { 'content-length': '9' };

describe('an attempt', () => {
  it.each<[string, AttemptOutcome, End]>([
    ['200', answered(200, { result: {} }), 'success'],
    ['204', answered(204, '', LENGTH), 'success'],
    ['200 that ends with its connection', answered(200, '{"resu'), 'cut'],
    ['200 that is no JSON', answered(200, '<html>', LENGTH), 'success'],
    ['302', answered(302), 'redirected'],
    ['400', answered(400), 'rejected'],
    ['409', answered(409), 'rejected'],
    ['401', answered(401), 'unauthorized'],
    ['403', answered(403), 'unauthorized'],
    ['404', answered(404), 'not found'],
    ['405', answered(405), 'not found'],
    ['400 of a missing resource', answered(400, error(400, 'ResourceError.NotFound')), 'not found'],
    ['a missing file', answered(404, error(404, 'FILE_NOT_FOUND')), 'file not found'],
    ['429', answered(429), 'throttled'],
    ['429 with Retry-After', answered(429, {}, AFTER), 'throttled for a time'],
    ['503', answered(503), 'busy'],
    ['503 with Retry-After', answered(503, {}, AFTER), 'throttled for a time'],
    ['503 of a store', answered(503, error(503, 'STORE_UNAVAILABLE')), 'store unavailable'],
    ['500', answered(500), 'failed'],
    ['502', answered(502), 'failed'],
    ['501', answered(501), 'failed for good'],
    ['504', answered(504), 'gateway timeout'],
    ['its timeout', { kind: 'timed-out', cutShort: false }, 'timed out'],
    ['the deadline of its call', { kind: 'timed-out', cutShort: true }, 'cut short'],
    ['a refused connection', broken('ECONNREFUSED'), 'unreachable'],
    ['an untrusted certificate', broken('CERT_HAS_EXPIRED'), 'unreachable'],
    ['a slow connection', broken('UND_ERR_CONNECT_TIMEOUT'), 'connect timeout'],
    ['a reset', broken('ECONNRESET'), 'reset'],
    ['a reset of an idle connection', broken('ECONNRESET', true), 'idle socket'],
    ['an oversized reply', { kind: 'oversized' }, 'oversized'],
    ['a reply without memory for it', { kind: 'unheld' }, 'unheld'],
  ])('that ends by %s is one of a kind', (_, outcome, end) => {
    expect(endOf(outcome)).toBe(end);
  });

  it('means the same to all policies by one table', () => {
    const rows = Object.entries(VERDICTS).map(([end, { retry, works, limit, suspect, code }]) =>
      [end, retry, works, limit, suspect, code].join(' | '),
    );
    expect(rows).toEqual([
      'success | never | true | success |  | ',
      'cut | backoff | true |  |  | UPSTREAM_BAD_RESPONSE',
      'redirected | never | true |  |  | UPSTREAM_BAD_RESPONSE',
      'rejected | never | true |  | clock | UPSTREAM_BAD_RESPONSE',
      'unauthorized | never | true |  | clock or credentials | UPSTREAM_AUTH',
      'not found | never | true |  |  | BACKUP_NOT_FOUND',
      'file not found | never | true |  |  | FILE_NOT_IN_BACKUP',
      'throttled | held | true | throttled |  | UPSTREAM_THROTTLED',
      'throttled for a time | backoff | true | throttled |  | UPSTREAM_THROTTLED',
      'busy | held | false | throttled |  | UPSTREAM_UNAVAILABLE',
      'store unavailable | held | true | throttled |  | UPSTREAM_UNAVAILABLE',
      'failed | backoff | false |  |  | UPSTREAM_UNAVAILABLE',
      'failed for good | never | false |  |  | UPSTREAM_UNAVAILABLE',
      'gateway timeout | backoff | false | timeout |  | UPSTREAM_UNAVAILABLE',
      'timed out | backoff | false | timeout |  | UPSTREAM_TIMEOUT',
      'cut short | backoff |  |  |  | UPSTREAM_TIMEOUT',
      'unreachable | backoff | false |  |  | UPSTREAM_UNAVAILABLE',
      'connect timeout | backoff | false | timeout |  | UPSTREAM_UNAVAILABLE',
      'reset | backoff | false | reset |  | UPSTREAM_UNAVAILABLE',
      'idle socket | backoff |  |  | socket | UPSTREAM_UNAVAILABLE',
      'oversized | never | true |  |  | UPSTREAM_BAD_RESPONSE',
      'unheld | never |  |  |  | UPSTREAM_UNAVAILABLE',
    ]);
  });
});

describe('an error in a body', () => {
  const STATUSES = [200, 201, 400, 401, 403, 409, 429, 500, 503];

  it.each<[string, unknown, End]>([
    ['a code', error(429), 'throttled'],
    ['a code and a word', error(429, 'QUOTA_EXCEEDED'), 'throttled'],
    ['a code as text', error('429'), 'throttled'],
    ['a word', error(undefined, 'RATE_LIMIT'), 'throttled'],
    ['a word beside another code', error(400, 'HTTP_RATE_LIMIT_EXCEEDED'), 'throttled'],
    ['a word in small letters', error(403, 'quota_exceeded'), 'throttled'],
    ['a word of other gateways', error(400, 'Throttling.User'), 'throttled'],
    ['a word for its code', error('TooManyRequests'), 'throttled'],
    ['members of the body itself', { code: 429, message: 'slow down' }, 'throttled'],
    ['a word alone', { error: 'rate_limit' }, 'throttled'],
  ])('tells throttling by %s, whatever the HTTP status', (_, body, end) => {
    const ends = STATUSES.map((status) => endOf(answered(status, body)));
    expect(ends).toEqual(STATUSES.map(() => end));
  });

  it.each<[string, unknown, End]>([
    ['a failure', error(500, 'INTERNAL'), 'failed'],
    ['a failure without a code', error(undefined, 'UNAVAILABLE'), 'busy'],
    ['rejected credentials', error(401, 'ACCESS_ERROR'), 'unauthorized'],
    ['something that does not exist', error(404, 'NOT_FOUND'), 'not found'],
  ])('means %s whatever the HTTP status', (_, body, end) => {
    const statuses = STATUSES.filter((status) => status !== 429);
    const ends = statuses.map((status) => endOf(answered(status, body)));
    expect(ends).toEqual(statuses.map(() => end));
  });

  it.each([
    {},
    { code: 0 },
    { code: '0' },
    { code: 0, status: 'OK', message: 'success' },
    { code: 200 },
    { status: '', message: '' },
    '',
    [],
    false,
    null,
  ])('that says nothing (%j) is none beside a result', (none) => {
    expect(endOf(answered(200, { result: { totalCount: 0 }, error: none }))).toBe('success');
  });

  it('counts beside a result if it says something', () => {
    const both = { result: { totalCount: 0 }, error: { code: 500, status: 'INTERNAL' } };
    expect(endOf(answered(200, both))).toBe('failed');
  });

  it('is searched in time linear in its length', () => {
    const worst = error('too_many'.repeat(100_000), 'quota_'.repeat(100_000));
    const from = performance.now();
    expect(endOf(answered(400, worst))).toBe('rejected');
    expect(performance.now() - from).toBeLessThan(1000);
  });
});
