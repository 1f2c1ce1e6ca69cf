import type { AttemptOutcome } from '../attempt-outcome.js';

/** How a call shows that the upstream has too many. */
export type Overload = 'throttled' | 'timeout' | 'reset';

const OF_STATUS: ReadonlyMap<number, Overload> = new Map([
  [429, 'throttled'],
  [503, 'throttled'],
  [504, 'timeout'],
]);

const OF_CODE: ReadonlyMap<string, Overload> = new Map([
  ['ETIMEDOUT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  ['UND_ERR_SOCKET', 'reset'],
]);

/** Whether an outcome shows overload. Other failures, such as 404, say nothing about it. */
export function overloadOf(outcome: AttemptOutcome): Overload | undefined {
  switch (outcome.kind) {
    case 'answered':
      return OF_STATUS.get(outcome.reply.status);
    case 'timed-out':
      return outcome.cutShort ? undefined : 'timeout';
    case 'broken':
      return outcome.onIdleSocket ? undefined : OF_CODE.get(outcome.code);
    case 'oversized':
    case 'unheld':
      return undefined;
  }
}
