import type { Readable } from 'node:stream';
import { BrokenLineError } from '../answer/broken-line.js';
import {
  judgeAnswer,
  type Asked,
  type BytesVerdict,
  type Verdict,
} from '../answer/judge-answer.js';
import { judgeRefusal, type Refusal } from '../answer/judge-refusal.js';
import { preconditionsOf, type Version } from '../answer/version.js';
import type { HttpGet } from '../http-get.js';
import type { Clock } from '../request.js';
import { watchForStall, type StallWatch } from './stall-watch.js';

/** What of an answer is wanted. */
export interface Use {
  /** Takes it in order; a promise where no more may come for now. */
  readonly push: (chunk: Buffer) => Promise<void> | undefined;
  /** Bytes before the first that is wanted. */
  readonly skip: number;
  /** Bytes that are wanted after those; null for all. */
  readonly take: number | null;
  /** Called for what is skipped. */
  readonly onSkipped?: (chunk: Buffer) => void;
}

export type AttemptEnd = Exclude<Verdict, BytesVerdict> | Refusal | { readonly kind: 'ended' };

export interface AttemptOptions {
  readonly url: string;
  readonly asked: Asked;
  readonly known: Version;
  readonly http: HttpGet;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly stallMs: number;
  /** Called for each piece that came over the line, whatever it is good for. */
  readonly onLine: (bytes: number) => void;
  /** Called before the first byte. */
  readonly accept: (bytes: BytesVerdict) => Use;
}

/**
 * Sends one request and hands over what came of the part that was asked for.
 * @throws BrokenLineError or one of the connection where the line broke; DownloadError; what a sink throws
 */
export async function attempt(options: AttemptOptions): Promise<AttemptEnd> {
  const { url, asked, known, http, clock, onLine } = options;
  const watch = watchForStall(options);
  try {
    const answer = await http(url, headersOf(asked, known), watch.signal);
    try {
      if (![200, 206, 416].includes(answer.status)) return await judgeRefusal(answer, clock.now());
      const verdict = judgeAnswer(asked, known, answer);
      if (verdict.kind !== 'bytes') return verdict;
      requireAnEnd(verdict, answer.headers['transfer-encoding']);
      await readBody(answer.body, options.accept(verdict), watch, onLine);
      return { kind: 'ended' };
    } finally {
      answer.body.destroy();
    }
  } catch (error) {
    throw watch.cause(error);
  } finally {
    watch.stop();
  }
}

/** @throws BrokenLineError where the body ends before what is wanted has come */
async function readBody(
  body: Readable,
  { push, skip, take, onSkipped }: Use,
  watch: StallWatch,
  onLine: (bytes: number) => void,
): Promise<void> {
  let toSkip = skip;
  let left = take ?? Infinity;
  // What comes beyond is not read: the connection is cut.
  if (left === 0) return;
  for await (const piece of body as AsyncIterable<Buffer>) {
    onLine(piece.length);
    watch.touched();
    if (toSkip > 0) onSkipped?.(piece.subarray(0, toSkip));
    const wanted = piece.subarray(toSkip, toSkip + Math.min(left, piece.length));
    toSkip = Math.max(0, toSkip - piece.length);
    if (wanted.length === 0) continue;
    left -= wanted.length;
    const full = push(wanted);
    if (full !== undefined) await watch.pause(full);
    if (left === 0) return;
  }
  if (left !== Infinity) throw new BrokenLineError('the answer ended early');
}

function headersOf({ start, end, ranged }: Asked, known: Version): Record<string, string> {
  const plain = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'backups-get' };
  const { 'if-range': ifRange, ...others } = preconditionsOf(known);
  if (!ranged) return { ...plain, ...others };
  return {
    ...plain,
    ...others,
    ...(ifRange !== undefined && { 'if-range': ifRange }),
    range: `bytes=${start}-${end === null ? '' : end - 1}`,
  };
}

/** Without a length and without chunks a cut line looks like the end of the file. */
function requireAnEnd({ until }: { until: number | null }, transferEncoding?: string): void {
  if (until === null && !/\bchunked\b/i.test(transferEncoding ?? '')) {
    throw new BrokenLineError('the answer does not tell where it ends');
  }
}
