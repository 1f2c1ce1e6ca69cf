import { DownloadError } from '../download-error.js';
import type { HttpAnswer } from '../http-get.js';
import { parseContentRange, parseUnsatisfiedRange, toCount } from './content-range.js';
import { compareVersions, versionOf, type Version } from './version.js';

/** What was asked for: from `start` on, up to `end`, which is null for the rest of the file. */
export interface Asked {
  readonly start: number;
  readonly end: number | null;
  /** Whether the request had a Range. */
  readonly ranged: boolean;
}

/** The body has the bytes from `from` up to `until`; null where only its end tells. */
export interface BytesVerdict {
  readonly kind: 'bytes';
  readonly from: number;
  readonly until: number | null;
  /** Whether it is the whole file. */
  readonly whole: boolean;
  readonly version: Version;
}

export type Verdict =
  | BytesVerdict
  /** The file is another one than before. */
  | { readonly kind: 'changed'; readonly what: string }
  /** The answer cannot be used: it is not the part that was asked for. */
  | { readonly kind: 'unfit'; readonly reason: string };

/**
 * Judges an answer with status 200, 206 or 416 by its head alone. Caches align ranges to their blocks,
 * leave out Content-Range or ignore Range; two versions must never be joined.
 * @param known the file as it is known so far: the size before the first answer is the service's word
 * @throws DownloadError where something on the way compressed the bytes
 */
export function judgeAnswer(asked: Asked, known: Version, answer: HttpAnswer): Verdict {
  if (answer.status === 416) return judgeUnsatisfied(asked, known, answer);
  const place = answer.status === 206 ? placeOfPart(asked, answer) : placeOfWhole(answer);
  if (typeof place === 'string') return { kind: 'unfit', reason: place };
  refuseCompressed(place.size, known, answer);
  const version = versionOf(answer, place.size);
  const comparison = compareVersions(known, version);
  if (comparison === 'unproven') {
    return { kind: 'unfit', reason: 'the response does not identify its version' };
  }
  if (comparison !== 'same') return { kind: 'changed', what: comparison.differs };
  const { start: from, end: until } = place;
  return { kind: 'bytes', from, until, whole: answer.status === 200, version };
}

interface Place {
  readonly start: number;
  readonly end: number | null;
  readonly size: number | null;
}

/** A reason where the part is of no use. */
function placeOfPart(asked: Asked, { headers }: HttpAnswer): Place | string {
  if (!asked.ranged) return 'a part came instead of the whole file';
  if (/^multipart\//i.test(headers['content-type']?.trim() ?? '') && !headers['content-range']) {
    return 'several parts came instead of one';
  }
  const range = parseContentRange(headers['content-range']);
  if (range === null) return 'the part has no Content-Range';
  const length = headers['content-length'];
  if (length !== undefined && toCount(length) !== range.end - range.start) {
    return 'the length of the part contradicts its Content-Range';
  }
  if (range.start > asked.start || range.end <= asked.start) return 'another part came';
  return range;
}

function placeOfWhole({ headers }: HttpAnswer): Place | string {
  const length = headers['content-length'];
  if (length === undefined) return { start: 0, end: null, size: null };
  const size = toCount(length);
  return Number.isNaN(size) ? 'the length makes no sense' : { start: 0, end: size, size };
}

/**
 * A store that keeps a file with `Content-Encoding` names it and sends the bytes it has. Bytes encoded on
 * the way have another length, which nobody knows before their end.
 */
function refuseCompressed(
  size: number | null,
  known: Version,
  { status, headers }: HttpAnswer,
): void {
  const encoding = headers['content-encoding']?.trim() ?? '';
  if (encoding === '' || encoding.toLowerCase() === 'identity') return;
  const isStored =
    size !== null && (known.sizeBytes === null ? status === 206 : size === known.sizeBytes);
  if (isStored && !headers['etag']?.trim().startsWith('W/')) return;
  throw new DownloadError(
    'network',
    'Something between here and the store compresses the file in transit, so it would not be saved as ' +
      'it is: use a route that does not, or set NO_PROXY.',
  );
}

function judgeUnsatisfied(asked: Asked, known: Version, answer: HttpAnswer): Verdict {
  const size = parseUnsatisfiedRange(answer.headers['content-range']);
  if (size === 0 && asked.start === 0 && (known.sizeBytes ?? 0) === 0) {
    return { kind: 'bytes', from: 0, until: 0, whole: true, version: versionOf(answer, 0) };
  }
  if (size !== null && known.sizeBytes !== null && size !== known.sizeBytes) {
    return { kind: 'changed', what: `it had ${known.sizeBytes} bytes and has ${size} now` };
  }
  return { kind: 'unfit', reason: 'the store refuses the range (416)' };
}
