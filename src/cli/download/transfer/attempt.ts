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
import { toError, watchForStall, type StallWatch } from './stall-watch.js';

/** What of an answer is wanted. */
export interface Use {
  /** Takes it in order; a promise where no more may come for now. */
  readonly push: (chunk: Buffer) => Promise<void> | undefined;
  /** Bytes before the first that is wanted. */
  readonly skip: number;
  /** Bytes that are wanted after those; null for all. */
  readonly take: number | null;
  /** Whether the answer has more after those. */
  readonly isCut: boolean;
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

/**
 * Reads by events, which takes half the time of iterating. What is read to its end leaves its connection to
 * the next request; one that has more to say than is wanted is cut.
 * @throws BrokenLineError where the body ends before what is wanted has come
 */
function readBody(
  body: Readable,
  use: Use,
  watch: StallWatch,
  onLine: (bytes: number) => void,
): Promise<void> {
  const { push, skip, take, isCut, onSkipped } = use;
  let toSkip = skip;
  let left = take ?? Infinity;
  return new Promise<void>((resolve, reject) => {
    function receive(piece: Buffer): void {
      onLine(piece.length);
      watch.touched();
      if (toSkip > 0) onSkipped?.(piece.subarray(0, toSkip));
      const isAll = toSkip === 0 && piece.length <= left;
      const wanted = isAll ? piece : piece.subarray(toSkip, toSkip + Math.min(left, piece.length));
      toSkip = Math.max(0, toSkip - piece.length);
      if (wanted.length === 0) return;
      left -= wanted.length;
      const full = push(wanted);
      if (left === 0 && isCut) resolve();
      if (full === undefined) return;
      body.pause();
      watch.pause(full).then(() => body.resume(), reject);
    }
    const end = (): void => {
      if (left === 0 || left === Infinity) resolve();
      else reject(new BrokenLineError('the answer ended early'));
    };
    body.on('error', reject);
    body.on('end', end);
    // Where it is destroyed, there is no end.
    body.on('close', () => reject(new BrokenLineError('the connection was closed')));
    body.on('data', (piece: Buffer) => {
      try {
        receive(piece);
      } catch (error) {
        reject(toError(error));
      }
    });
    if (left === 0 && isCut) resolve();
  });
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
    throw new BrokenLineError('the response has no length');
  }
}
