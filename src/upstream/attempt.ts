import { ConnectionError, OversizedError, type HttpTransport } from './http-transport.js';
import { startDeadline, type Deadline } from './policy/deadline.js';
import { toReply, type Reply } from './reply.js';
import type { SignedRequest } from './signed-request.js';

export interface AnsweredAttempt {
  readonly kind: 'answered';
  readonly reply: Reply;
  /** When it was sent, by the upstream's clock; epoch milliseconds. */
  readonly sentAt: number;
  /** When it was answered, as the answer says, else by the upstream's clock; epoch milliseconds. */
  readonly answeredAt: number;
  /** The clock's offset it was signed with, in milliseconds. */
  readonly clockOffset: number;
}

/** How one attempt ended. */
export type AttemptOutcome =
  | AnsweredAttempt
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'broken'; readonly code: string; readonly onIdleSocket: boolean }
  | { readonly kind: 'oversized' };

export interface AttemptOptions {
  readonly transport: HttpTransport;
  /** Of this attempt, inside the deadline of the call. */
  readonly timeoutMs: number;
  /** Of the whole call. */
  readonly deadline: Deadline;
  readonly hostNow: () => number;
  readonly clockOffset: number;
  /** Signs for `time`, epoch milliseconds by the upstream's clock. */
  readonly sign: (time: number) => SignedRequest;
}

/** Signs and sends once. @throws the reason of the deadline's signal when that aborts */
export async function runAttempt(options: AttemptOptions): Promise<AttemptOutcome> {
  const { transport, timeoutMs, deadline, hostNow, clockOffset } = options;
  deadline.signal.throwIfAborted();
  const sentAt = hostNow() + clockOffset;
  const request = options.sign(sentAt);
  const limit = startDeadline(timeoutMs, deadline.signal);
  try {
    const reply = toReply(await transport.get(request, limit.signal), hostNow());
    const answeredAt = hostNow() + (reply.clockOffset ?? clockOffset);
    return { kind: 'answered', reply, sentAt, answeredAt, clockOffset };
  } catch (error) {
    deadline.signal.throwIfAborted();
    if (limit.signal.aborted) return { kind: 'timed-out' };
    if (error instanceof OversizedError) return { kind: 'oversized' };
    if (!(error instanceof ConnectionError)) throw error;
    return { kind: 'broken', code: error.code, onIdleSocket: error.onIdleSocket };
  } finally {
    limit.clear();
  }
}
