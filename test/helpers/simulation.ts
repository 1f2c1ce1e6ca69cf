import { type AnsweredAttempt, type AttemptOutcome, judge } from '../../src/upstream/outcome.js';
import type { ApiOperationName } from '../../src/upstream/operation.js';
import {
  type ConcurrencyLimit,
  createConcurrencyLimit,
  type LimitDecrease,
} from '../../src/upstream/policy/concurrency-limit.js';
import { toReply } from '../../src/upstream/reply.js';
import { TEST_CREDENTIALS } from './upstream-client.js';

/** How a simulated upstream answers a call. */
export interface SimulatedAnswer {
  /** Milliseconds until the client has it. */
  readonly ms: number;
  /** Undefined if the caller leaves before. */
  readonly outcome: AttemptOutcome | undefined;
}

/** Answers a call that arrives as one of `inFlight` calls, itself included. */
export type SimulatedUpstream = (call: {
  readonly operation: ApiOperationName;
  readonly inFlight: number;
  /** Milliseconds since the start. */
  readonly time: number;
}) => SimulatedAnswer;

/** A client with a concurrency limit of its own and a queue. */
export interface SimulatedClient {
  readonly limit: ConcurrencyLimit;
  readonly decreases: readonly (LimitDecrease & { readonly time: number })[];
  /** Queues calls; a refused one is sent again after a pause, up to twice. */
  send(count: number, operation?: ApiOperationName): void;
  /** Keeps `workers` calls queued or in flight until `end`, each of what `next` returns. */
  keepBusy(workers: number, end: number, next?: () => ApiOperationName): void;
  /** Calls sent, refused with 429 or 503, succeeded, and given up, since the last `reset`. */
  counts(): Readonly<Record<'sent' | 'refused' | 'good' | 'lost', number>>;
  /** The lowest and highest limit since the last `reset`. */
  range(): { readonly lowest: number; readonly highest: number };
  reset(): void;
}

export interface Simulation {
  /** Milliseconds since the start. */
  time(): number;
  /** From 0 up to 1, the same numbers in each run. */
  random(): number;
  at(ms: number, action: () => void): void;
  /** Runs until `ms`. */
  run(ms: number): void;
  client(options: SimulatedClientOptions): SimulatedClient;
}

export interface SimulatedClientOptions {
  readonly max?: number;
  readonly retryPause?: () => number;
}

const MAX_RETRIES = 2;

/** Simulates clients and one upstream in virtual time: deterministic and without promises. */
export function createSimulation(upstream: SimulatedUpstream): Simulation {
  const events = createTimeline();
  const random = createRandom();
  let time = 0;
  let inUpstream = 0;

  const at = (ms: number, action: () => void): void => {
    events.add(ms, action);
  };

  const client = ({
    max = 256,
    retryPause = () => 1250 * (1 + random()),
  }: SimulatedClientOptions): SimulatedClient => {
    const decreases: (LimitDecrease & { time: number })[] = [];
    const limit = createConcurrencyLimit({
      max,
      now: () => time,
      onDecrease: (decrease) => decreases.push({ ...decrease, time }),
    });
    const queue: QueuedCall[] = [];
    let inFlight = 0;
    let counts = { sent: 0, refused: 0, good: 0, lost: 0 };
    let range = { lowest: Infinity, highest: 0 };

    const learn = (call: QueuedCall, outcome: AttemptOutcome | undefined): void => {
      if (isGood(outcome)) counts.good += 1;
      if (isRefused(outcome)) {
        counts.refused += 1;
        if (call.retries === MAX_RETRIES) counts.lost += 1;
        else {
          at(time + retryPause(), () => {
            queue.push({ ...call, retries: call.retries + 1 });
            sendNext();
          });
          return;
        }
      }
      call.onEnd?.();
    };
    const sendNext = (): void => {
      for (let call = queue[0]; call && inFlight < limit.current(); call = queue[0]) {
        queue.shift();
        sendNow(call);
      }
    };
    const sendNow = (call: QueuedCall): void => {
      inFlight += 1;
      inUpstream += 1;
      counts.sent += 1;
      const { operation } = call;
      const sent = limit.begin(operation);
      const { ms, outcome } = upstream({ operation, inFlight: inUpstream, time });
      at(time + ms, () => {
        inUpstream -= 1;
        inFlight -= 1;
        limit.end(sent, outcome && judge(outcome));
        const current = limit.current();
        range.lowest = Math.min(range.lowest, current);
        range.highest = Math.max(range.highest, current);
        learn(call, outcome);
        sendNext();
      });
    };
    const send = (call: QueuedCall): void => {
      queue.push(call);
      sendNext();
    };

    return {
      limit,
      decreases,
      send: (count, operation = 'describeBackupDownloadURL') => {
        for (let call = 0; call < count; call += 1) send({ operation, retries: 0 });
      },
      keepBusy: (workers, end, next = () => 'describeBackupDownloadURL') => {
        const work = (): void => {
          if (time < end) send({ operation: next(), retries: 0, onEnd: work });
        };
        for (let worker = 0; worker < workers; worker += 1) work();
      },
      counts: () => counts,
      range: () => range,
      reset: () => {
        counts = { sent: 0, refused: 0, good: 0, lost: 0 };
        range = { lowest: limit.current(), highest: limit.current() };
      },
    };
  };

  return {
    time: () => time,
    random,
    at,
    client,
    run: (ms) => {
      for (let event = events.next(ms); event; event = events.next(ms)) {
        time = event.at;
        event.action();
      }
      time = ms;
    },
  };
}

interface QueuedCall {
  readonly operation: ApiOperationName;
  readonly retries: number;
  readonly onEnd?: () => void;
}

/** A response without a result. */
export function answered(status: number, headers: Record<string, string> = {}): AnsweredAttempt {
  const reply = toReply({ status, headers, body: '{}', weight: 2 }, 0);
  return { kind: 'answered', reply, credentials: TEST_CREDENTIALS, sentAt: 0, answeredAt: 0 };
}

function isGood(outcome: AttemptOutcome | undefined): boolean {
  return outcome?.kind === 'answered' && outcome.reply.status === 200;
}

function isRefused(outcome: AttemptOutcome | undefined): boolean {
  return outcome?.kind === 'answered' && [429, 503].includes(outcome.reply.status);
}

interface TimedAction {
  readonly at: number;
  readonly action: () => void;
}

/** Actions by time, those of the same time in the order they were added. */
function createTimeline() {
  const actions: TimedAction[] = [];
  return {
    add: (at: number, action: () => void): void => {
      const before = actions.findLastIndex((other) => other.at <= at);
      actions.splice(before + 1, 0, { at, action });
    },
    /** Removes and returns the first action up to `until`. */
    next: (until: number): TimedAction | undefined =>
      actions[0] && actions[0].at <= until ? actions.shift() : undefined,
  };
}

/** Mulberry32: a small generator with a fixed seed. */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
