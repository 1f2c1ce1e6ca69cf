import type { StopSignal } from '../domain/stop-signal.js';
import { ConnectionError, OversizedError, type HttpTransport } from './http-transport.js';
import { withAttemptTimeout } from './policy/attempt-timeout.js';
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
  readonly timeoutMs: number;
  /** The deadline of the whole call. */
  readonly signal: StopSignal;
  readonly hostNow: () => number;
  readonly clockOffset: number;
  /** Signs for `time`, epoch milliseconds by the upstream's clock. */
  readonly sign: (time: number) => SignedRequest;
}

/** Signs and sends once. @throws the signal's reason when that aborts */
export async function runAttempt(options: AttemptOptions): Promise<AttemptOutcome> {
  const { transport, timeoutMs, signal, hostNow, clockOffset } = options;
  const sentAt = hostNow() + clockOffset;
  const request = options.sign(sentAt);
  try {
    const response = await withAttemptTimeout(timeoutMs, signal, (attemptSignal) =>
      transport.get(request, attemptSignal),
    );
    if (response === 'timed-out') return { kind: 'timed-out' };
    const reply = toReply(response, hostNow());
    const answeredAt = hostNow() + (reply.clockOffset ?? clockOffset);
    return { kind: 'answered', reply, sentAt, answeredAt, clockOffset };
  } catch (error) {
    if (error instanceof OversizedError) return { kind: 'oversized' };
    if (!(error instanceof ConnectionError)) throw error;
    return { kind: 'broken', code: error.code, onIdleSocket: error.onIdleSocket };
  }
}
