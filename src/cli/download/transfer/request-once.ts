import type { Readable } from 'node:stream';
import { BrokenLineError } from './broken-line.js';
import { headersOf, judgeAnswer, type Asked, type BytesAnswer, type Verdict } from './answer.js';
import { judgeRefusal, type Refusal } from './refusal.js';
import type { Source } from './source.js';

/** What of an answer is wanted. */
export interface Use {
  /** Bytes before the first that is wanted. */
  readonly skip: number;
  /** Bytes that are wanted after those; null for all. */
  readonly take: number | null;
  /** Whether the answer has more after those. */
  readonly isCut: boolean;
  /** Takes it in order; a promise where no more may come for now. */
  readonly push: (chunk: Buffer) => Promise<void> | undefined;
  /** Called for what is skipped. */
  readonly onSkipped?: ((chunk: Buffer) => void) | undefined;
}

export type RequestEnd = Exclude<Verdict, BytesAnswer> | Refusal | { readonly kind: 'ended' };

export interface RequestHooks {
  /** Called once an answer is there, whatever it is. */
  readonly onAnswer: () => void;
  /** Called for each piece that came over the line, whatever it is good for. */
  readonly onLine: (bytes: number) => void;
  /** Called before the first byte. */
  readonly accept: (bytes: BytesAnswer) => Use;
}

/**
 * Sends one request and hands over what came of the part that was asked for.
 * @throws BrokenLineError or one of the connection where the line broke; DownloadError; what a sink throws
 */
export async function requestOnce(
  source: Source,
  url: string,
  asked: Asked,
  hooks: RequestHooks,
  signal: AbortSignal,
): Promise<RequestEnd> {
  const { http, clock, throttle } = source.options;
  const answer = await http(url, headersOf(asked, source.version), signal);
  hooks.onAnswer();
  try {
    if (![200, 206, 416].includes(answer.status)) return await judgeRefusal(answer, clock.now());
    const verdict = judgeAnswer(asked, source.version, answer);
    if (verdict.kind !== 'bytes') return verdict;
    requireAnEnd(verdict, source, answer.headers['transfer-encoding']);
    const use = hooks.accept(verdict);
    await readBody(answer.body, use, signal, (piece) => {
      hooks.onLine(piece.length);
      return throttle(piece.length, signal);
    });
    return { kind: 'ended' };
  } finally {
    answer.body.destroy();
  }
}

/**
 * Reads by events, which takes half the time of iterating. What is read to its end leaves its connection to the
 * next request; one that has more to say than is wanted is cut.
 * @throws BrokenLineError where the body ends before what is wanted has come
 */
async function readBody(
  body: Readable,
  { push, skip, take, isCut, onSkipped }: Use,
  signal: AbortSignal,
  onPiece: (piece: Buffer) => Promise<void> | undefined,
): Promise<void> {
  let toSkip = skip;
  let left = take ?? Infinity;
  let onAbort = (): void => undefined;
  const reading = new Promise<void>((resolve, reject) => {
    const fail = (reason: unknown): void => {
      reject(reason instanceof Error ? reason : new Error(String(reason)));
    };
    const pauseFor = (slower?: Promise<void>, full?: Promise<void>): void => {
      if (slower === undefined && full === undefined) return;
      body.pause();
      Promise.all([slower ?? full, full ?? slower]).then(() => body.resume(), fail);
    };
    const receive = (piece: Buffer): void => {
      const slower = onPiece(piece);
      if (toSkip > 0) onSkipped?.(piece.subarray(0, toSkip));
      const isAll = toSkip === 0 && piece.length <= left;
      const wanted = isAll ? piece : piece.subarray(toSkip, toSkip + Math.min(left, piece.length));
      toSkip = Math.max(0, toSkip - piece.length);
      left -= wanted.length;
      pauseFor(slower, wanted.length === 0 ? undefined : push(wanted));
      if (left === 0 && isCut) resolve();
    };
    // The reader of a pipe may never go on.
    onAbort = () => {
      fail(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    body.on('error', reject);
    body.on('end', () => {
      if (left === 0 || left === Infinity) resolve();
      else reject(new BrokenLineError('the answer ended early'));
    });
    // Where it is destroyed, there is no end.
    body.on('close', () => reject(new BrokenLineError('the connection was closed')));
    body.on('data', (piece: Buffer) => {
      try {
        receive(piece);
      } catch (error) {
        fail(error);
      }
    });
    if (left === 0 && isCut) resolve();
  });
  await reading.finally(() => signal.removeEventListener('abort', onAbort));
}

/** Without a length and without chunks a cut line looks like the end of the file, unless that is known. */
function requireAnEnd({ until }: BytesAnswer, source: Source, transferEncoding = ''): void {
  if (until !== null || source.sizeBytes !== null || source.sha256 !== null) return;
  if (/\bchunked\b/i.test(transferEncoding)) return;
  throw new BrokenLineError('the response has no length');
}
