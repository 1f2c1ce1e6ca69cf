import { parseContentRange, parseUnsatisfiedRange, toCount } from '../../../domain/byte-range.js';
import { strongTagOf } from '../../../domain/entity-tag.js';
import { DownloadError } from '../download-error.js';
import type { HttpAnswer } from './http-get.js';

/** What tells one content of a file from another. */
export interface Version {
  /** Null where it is not known. */
  readonly sizeBytes: number | null;
  readonly etag: string | null;
  /** HTTP date. */
  readonly lastModified: string | null;
  /** Whether two answers with these validators have the same bytes (RFC 9110, section 8.8). */
  readonly isStrong: boolean;
}

/** What was asked for: from `start` up to `end`, which is null for the rest of the file. */
export interface Asked {
  readonly start: number;
  readonly end: number | null;
  /** Whether the request had a Range. */
  readonly ranged: boolean;
}

/** The body has the bytes from `from` up to `until`; null where only its end tells. */
export interface BytesAnswer {
  readonly kind: 'bytes';
  readonly from: number;
  readonly until: number | null;
  /** Whether it is the whole file. */
  readonly whole: boolean;
  readonly version: Version;
}

export type Verdict =
  | BytesAnswer
  /** The file is another one than before. */
  | { readonly kind: 'changed'; readonly what: string }
  /** The answer is not the part that was asked for. */
  | { readonly kind: 'unfit'; readonly reason: string };

/** A date that is this much older than its answer cannot hide a second change (RFC 9110, 8.8.2.2). */
const SAFE_AGE_MS = 60_000;

/**
 * Judges an answer with status 200, 206 or 416 by its head alone. Caches align ranges to their blocks, leave out
 * Content-Range or ignore Range; two versions must never be joined.
 * @param known the file as it is known so far: the size before the first answer is the service's word
 * @throws DownloadError where something on the way compressed the bytes
 */
export function judgeAnswer(asked: Asked, known: Version, answer: HttpAnswer): Verdict {
  if (answer.status === 416) return judgeUnsatisfied(asked, known, answer);
  const place = answer.status === 206 ? placeOfPart(asked, answer) : placeOfWhole(answer);
  if (typeof place === 'string') return { kind: 'unfit', reason: place };
  refuseCompressed(place.size, known, answer);
  const version = versionOf(answer, place.size);
  const difference = differenceOf(known, version);
  if (difference !== null) return { kind: 'changed', what: difference };
  if (known.isStrong && (known.etag === null ? version.lastModified : version.etag) === null) {
    return { kind: 'unfit', reason: 'the response does not identify its version' };
  }
  const { start: from, end: until } = place;
  return { kind: 'bytes', from, until, whole: answer.status === 200, version };
}

/** Headers of a request whose answer must be of the version that is known. */
export function headersOf({ start, end, ranged }: Asked, known: Version): Record<string, string> {
  const { etag, lastModified, isStrong } = known;
  const validator = etag ?? lastModified;
  const conditions: Record<string, string> = {};
  if (isStrong && validator !== null) {
    conditions[etag === null ? 'if-unmodified-since' : 'if-match'] = validator;
    if (ranged) conditions['if-range'] = validator;
  }
  if (ranged) conditions['range'] = `bytes=${start}-${end === null ? '' : end - 1}`;
  const plain = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'backups-get' };
  return { ...plain, ...conditions };
}

interface Place {
  readonly start: number;
  readonly end: number | null;
  readonly size: number | null;
}

/** A reason where the part is of no use. */
function placeOfPart(asked: Asked, { headers }: HttpAnswer): Place | string {
  if (!asked.ranged) return 'a part came instead of the whole file';
  const range = parseContentRange(headers['content-range']);
  if (range === null) return 'the part has no Content-Range';
  const end = range.end + 1;
  const length = headers['content-length'];
  if (length !== undefined && toCount(length) !== end - range.start) {
    return 'the length of the part contradicts its Content-Range';
  }
  if (range.start > asked.start || end <= asked.start) return 'another part came';
  return { start: range.start, end, size: range.size };
}

function placeOfWhole({ headers }: HttpAnswer): Place | string {
  const length = headers['content-length'];
  if (length === undefined) return { start: 0, end: null, size: null };
  const size = toCount(length);
  return Number.isNaN(size) ? 'the length makes no sense' : { start: 0, end: size, size };
}

function judgeUnsatisfied(asked: Asked, known: Version, answer: HttpAnswer): Verdict {
  const size = parseUnsatisfiedRange(answer.headers['content-range']);
  if (size === 0 && asked.start === 0 && (known.sizeBytes ?? 0) === 0) {
    return { kind: 'bytes', from: 0, until: 0, whole: true, version: versionOf(answer, 0) };
  }
  if (size !== null && known.sizeBytes !== null && size !== known.sizeBytes) {
    return { kind: 'changed', what: sizesDiffer(known.sizeBytes, size) };
  }
  return { kind: 'unfit', reason: 'the store refuses the range (416)' };
}

function versionOf({ headers }: HttpAnswer, sizeBytes: number | null): Version {
  const etag = headers['etag']?.trim() || null;
  const lastModified = headers['last-modified']?.trim() || null;
  const age = Date.parse(headers['date'] ?? '') - Date.parse(lastModified ?? '');
  const isStrong = etag === null ? age >= SAFE_AGE_MS : strongTagOf(etag) !== null;
  return { sizeBytes, etag, lastModified, isStrong };
}

/** What shows that an answer is of another version than the one known; null for nothing. */
function differenceOf(known: Version, seen: Version): string | null {
  if (known.sizeBytes !== null && seen.sizeBytes !== null && known.sizeBytes !== seen.sizeBytes) {
    return sizesDiffer(known.sizeBytes, seen.sizeBytes);
  }
  const differs = (name: 'etag' | 'lastModified'): boolean =>
    known[name] !== null && seen[name] !== null && known[name] !== seen[name];
  if (differs('etag')) return 'its ETag differs';
  return known.etag === null && differs('lastModified') ? 'its Last-Modified differs' : null;
}

function sizesDiffer(before: number, now: number): string {
  return `it had ${before} bytes and has ${now} now`;
}

/**
 * A store that keeps a file with `Content-Encoding` names it and sends the bytes it has. Bytes encoded on the way
 * have another length, which nobody knows before their end.
 */
function refuseCompressed(size: number | null, known: Version, answer: HttpAnswer): void {
  const { status, headers } = answer;
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return;
  const isStored =
    size !== null && (known.sizeBytes === null ? status === 206 : size === known.sizeBytes);
  if (isStored && !headers['etag']?.trim().startsWith('W/')) return;
  throw new DownloadError(
    'network',
    'Something between here and the store compresses the file in transit, so it would not be saved as ' +
      'it is: use a route that does not, or set NO_PROXY.',
  );
}
