import { beforeEach, describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../../src/domain/errors.js';
import { createStopController, type StopSignal } from '../../../src/domain/stop-signal.js';
import type { Answer, SendOptions } from '../../../src/upstream/client.js';
import type { ApiOperation } from '../../../src/upstream/operation.js';
import { createOperations } from '../../../src/upstream/operations/create-operations.js';
import { createReplyMemory } from '../../../src/upstream/reply-memory.js';
import { type AnswerOrigin, shareAnswers } from '../../../src/upstream/share-answers.js';

const { describeBackups, describeInstances } = createOperations({ timeZone: '+08:00' });
const KEY = { regionId: 'cn-north-1', instanceId: 'sql-1' };
const page = (pageNumber = 1, instanceId = 'sql-1') =>
  describeBackups({ ...KEY, instanceId, pageNumber });

interface Call {
  readonly operation: ApiOperation<unknown>;
  readonly options: SendOptions;
  readonly answer: (weight?: number) => void;
  readonly fail: (error: Error) => void;
}

let time = 0;
let calls: Call[] = [];
let origins: AnswerOrigin[] = [];
let memory = createReplyMemory(1e6);

beforeEach(() => {
  time = 0;
  calls = [];
  origins = [];
  memory = createReplyMemory(1e6);
});

/** Sends a call that its test ends; an aborted one rejects with the reason. */
function send<Result>(operation: ApiOperation<Result>, options: SendOptions = {}) {
  return new Promise<Answer<Result>>((resolve, reject) => {
    const answer = (weight = 10) => {
      const result = operation.parse({
        backup: [{ backupId: `b-${calls.length}`, backupFiles: ['a.bak'] }],
        dbInstances: [],
        totalCount: 1,
      });
      const sentAt = new Date();
      resolve({ result, requestId: undefined, sentAt, answeredAt: sentAt, weight });
    };
    const fail: (reason: unknown) => void = reject;
    calls.push({ operation, options, answer, fail });
    options.signal?.addEventListener('abort', () => {
      fail(options.signal?.reason);
    });
  });
}

function share(reuseMs = 1000, maxBytes = 1000) {
  const shared = shareAnswers({
    client: { send },
    memory,
    reuseMs,
    maxBytes,
    now: () => time,
    onAnswer: (origin) => origins.push(origin),
  });
  return (operation = page(), signal?: StopSignal, callerId = 'alice') =>
    shared.send(operation, { callerId, ...(signal && { signal }) });
}

describe('an answer', () => {
  it('serves all requests until the time from its call is over', async () => {
    const ask = share();
    const first = ask();
    time = 400;
    calls[0]!.answer();
    const answer = await first;
    time = 999;
    expect(await ask()).toBe(answer);
    time = 1001;
    const later = ask();
    calls[1]!.answer();

    expect(await later).not.toBe(answer);
    expect(origins).toEqual(['upstream', 'memory', 'upstream']);
  });

  it('on its way serves requests however long it takes, and none that come after', async () => {
    const ask = share();
    const first = ask();
    time = 3000;
    const joined = ask();
    calls[0]!.answer();
    expect(await joined).toBe(await first);
    void ask();

    expect(calls).toHaveLength(2);
    expect(origins).toEqual(['upstream', 'flight', 'upstream']);
  });

  it.each([
    ['page', page(2)],
    ['instance', page(1, 'sql-2')],
    ['filter', describeBackups({ ...KEY, pageNumber: 1, query: { backupId: 'b' } })],
    ['region', describeBackups({ ...KEY, regionId: 'cn-east-1', pageNumber: 1 })],
  ])('serves no request for another %s', async (_, other) => {
    const ask = share();
    const first = ask();
    calls[0]!.answer();
    await first;
    void ask(other);
    expect(calls).toHaveLength(2);
  });

  it('serves no request of another operation', () => {
    const shared = shareAnswers({ client: { send }, memory, reuseMs: 1000 });
    void shared.send(page());
    void shared.send(describeInstances({ regionId: KEY.regionId, pageNumber: 1 }));
    expect(calls).toHaveLength(2);
  });

  it('cannot be changed by those it serves', async () => {
    const ask = share();
    const asked = ask();
    calls[0]!.answer();
    const [row] = (await asked).result.backups;
    for (const part of [row, row!.files, row!.files[0]]) expect(Object.isFrozen(part)).toBe(true);
    expect(() => (row!.files as unknown[]).push('b.bak')).toThrow(TypeError);
  });

  it('is shared by nobody where that is off', async () => {
    const ask = share(0);
    const both = [ask(), ask()];
    for (const call of calls) call.answer();
    await Promise.all(both);
    expect(calls).toHaveLength(2);
    expect(origins).toEqual([]);
  });

  it('is forgotten for others when all take too much memory, or it alone', async () => {
    const ask = share(1000, 1000);
    const asked = [ask(page(1)), ask(page(2)), ask(page(3)), ask(page(4))];
    for (const [index, call] of calls.entries()) call.answer(index === 3 ? 2000 : 400);
    await Promise.all(asked);
    for (const number of [4, 3, 2, 1]) void ask(page(number));
    expect(origins.slice(4)).toEqual(['upstream', 'memory', 'memory', 'upstream']);
  });
});

describe('a failed call', () => {
  it('fails those that wait for it, and is not kept', async () => {
    const ask = share();
    const both = [ask(), ask()];
    calls[0]!.fail(new UpstreamError('UPSTREAM_UNAVAILABLE', 'down'));
    for (const asked of both) await expect(asked).rejects.toThrow('down');
    const next = ask();
    calls[1]!.answer();
    await next;
  });

  it('is made again for another caller if the first had no calls left', async () => {
    const ask = share();
    const first = ask(page(), undefined, 'alice');
    const other = ask(page(), undefined, 'bob');
    calls[0]!.fail(new UpstreamError('UPSTREAM_THROTTLED', 'no call left'));
    await expect(first).rejects.toThrow('no call left');
    expect(calls[1]?.options.callerId).toBe('bob');
    calls[1]!.answer();
    await other;
  });
});

it('a caller who leaves stops nobody else, and its call once nobody waits for it', async () => {
  const ask = share();
  const [one, other] = [createStopController(), createStopController()];
  const gone = ask(page(), one.signal);
  const waiting = ask(page(), other.signal);
  one.abort(new Error('gone'));
  await expect(gone).rejects.toThrow('gone');
  expect(calls[0]!.options.signal?.aborted).toBe(false);
  other.abort(new Error('gone too'));
  await expect(waiting).rejects.toThrow('gone too');
  expect(calls[0]!.options.signal?.aborted).toBe(true);
  void ask();
  expect(calls).toHaveLength(2);
});
