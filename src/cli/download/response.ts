import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
import { parseContentRange, parseUnsatisfiedRange, toCount } from '../../domain/byte-range.js';
import { strongTagOf } from '../../domain/entity-tag.js';
import { parseRetryAfter } from '../../domain/http-date.js';
import { orAborted } from '../../domain/stop-signal.js';
import { CliError, EXIT } from '../cli-error.js';
import { LinkRefusal, Setback, toSetback } from './failures.js';
import type { Source, Version } from './source.js';

/** What is asked for: from `start` up to `end`, which is null for the rest of the file. */
export interface Asked {
  readonly start: number;
  readonly end: number | null;
  /** Whether to ask with a Range. */
  readonly isRanged: boolean;
}

/** The body has the bytes from `from` up to `until`; null where only its end tells. */
export interface Answer {
  readonly from: number;
  readonly until: number | null;
  /** Whether it is the whole file. */
  readonly isWhole: boolean;
  /** A caller that does not read it to its end destroys it. */
  readonly body: Readable;
}

/** As many as browsers' lowest limit (RFC 9110, section 15.4). */
const MOST_REDIRECTS = 5;
/** A date that is this much older than its answer cannot hide a second change (RFC 9110, 8.8.2.2). */
const SAFE_AGE_MS = 60_000;
/** Codes of S3 and its like for an object in an archive class that was not restored. */
const COLD = /^(InvalidObjectState|ObjectArchived|InvalidStorageClass)$/;
const LONGEST_WAIT_MS = 10 * 60_000;
/** Bytes read of an error: those of stores are short, and a page of a proxy need not be read to its end. */
const LONGEST_ERROR = 16 * 1024;

/**
 * Sends one request, and judges its answer by the head alone. Caches align ranges to their blocks, leave out
 * Content-Range or ignore Range; two versions must never be joined.
 * @throws Setback where the same may work later; CliError where it will not
 */
export async function ask(
  source: Source,
  url: string,
  asked: Asked,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await get(source, url, headersOf(asked, source.version), signal);
  const { body, statusCode, headers } = response;
  const header: Header = (name) => [headers[name] ?? []].flat().join(', ').trim() || null;
  try {
    if (![200, 206, 416].includes(statusCode)) {
      throw await refusalOf(statusCode, header, body, source);
    }
    const place = placeOf(statusCode, header, asked, source.version);
    requireUncompressed(statusCode, header, place, source.version);
    const seen = versionIn(header, place.size);
    const difference = differenceOf(source.version, seen);
    if (difference !== null) throw source.changed(difference);
    const { isStrong, etag } = source.version;
    if (isStrong && (etag === null ? seen.lastModified : seen.etag) === null) {
      throw new Setback('the response does not identify its version', 'unfit');
    }
    requireAnEnd(place, header, source);
    source.adopt(seen);
    return { from: place.start, until: place.end, isWhole: statusCode !== 206, body };
  } catch (error) {
    body.destroy();
    throw error;
  }
}

/**
 * Reads a body by events, which takes half the time of iterating.
 * @param take bytes that are wanted of it; null for all. One that has more is cut, others leave their connection to the
 *   next request.
 * @param use gets each piece; returns a promise where no more may come for now
 * @throws Setback where it ends before that, or what `use` throws
 */
export async function readBody(
  body: Readable,
  take: number | null,
  isCut: boolean,
  use: (piece: Buffer) => Promise<unknown> | undefined,
  signal: AbortSignal,
): Promise<void> {
  let left = take ?? Infinity;
  const fail = (error: unknown): void => {
    body.destroy(error instanceof Error ? error : new Error(String(error)));
  };
  const receive = (piece: Buffer): void => {
    left -= piece.length;
    const pause = use(piece);
    if (pause !== undefined) {
      body.pause();
      pause.then(() => body.resume(), fail);
    }
    if (left <= 0 && isCut) body.destroy();
  };
  body.on('data', (piece: Buffer) => {
    try {
      receive(piece);
    } catch (error) {
      fail(error);
    }
  });
  // The reader of a pipe may never go on: a body that is paused ends with the signal as well.
  await finished(body, { signal }).catch((error: unknown) => {
    if (left > 0 || !isCut) throw error;
  });
  if (left > 0 && take !== null) throw new Setback('the answer ended early');
}

type Header = (name: string) => string | null;

/** Sends one GET, and follows redirects to http and https. */
async function get(
  { run: { dispatcher, stallMs } }: Source,
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  let at = new URL(url);
  for (let redirects = 0; ; redirects += 1) {
    const asked = dispatcher
      .request({
        origin: at.origin,
        path: at.pathname + at.search,
        method: 'GET',
        headers,
        signal,
        headersTimeout: stallMs,
        bodyTimeout: stallMs,
        // A transfer keeps its connection for long: others must not wait for it.
        blocking: true,
      })
      .catch((error: unknown) => {
        throw toSetback(error, at.origin);
      });
    // undici heeds the signal only once it is connected.
    const response = await orAborted(asked, signal);
    // Where it is destroyed before its end, undici says so, and nobody listens any more.
    response.body.on('error', () => undefined);
    const { location } = response.headers;
    const isRedirect = [301, 302, 303, 307, 308].includes(response.statusCode);
    if (!isRedirect || typeof location !== 'string') return response;
    response.body.destroy();
    if (redirects === MOST_REDIRECTS) {
      throw redirectError(`it redirects more than ${MOST_REDIRECTS} times`);
    }
    const next = URL.canParse(location, at) ? new URL(location, at) : null;
    if (next === null || !/^https?:$/.test(next.protocol)) {
      throw redirectError('it redirects to something other than an http or https address');
    }
    at = next;
  }
}

function redirectError(reason: string): CliError {
  return new CliError(
    EXIT.network,
    `The store does not send the file (${reason}): tell the operator of the service.`,
  );
}

/** Headers of a request whose answer must be of the version that is known. */
function headersOf({ start, end, isRanged }: Asked, known: Version): Record<string, string> {
  const { etag, lastModified, isStrong } = known;
  const validator = isStrong ? (etag ?? lastModified) : null;
  return {
    accept: '*/*',
    'accept-encoding': 'identity',
    'user-agent': 'backups-get',
    ...(validator !== null && {
      [etag === null ? 'if-unmodified-since' : 'if-match']: validator,
    }),
    ...(validator !== null && isRanged && { 'if-range': validator }),
    ...(isRanged && { range: `bytes=${start}-${end === null ? '' : end - 1}` }),
  };
}

interface Place {
  readonly start: number;
  readonly end: number | null;
  readonly size: number | null;
}

/** @throws Setback where the part is of no use */
function placeOf(status: number, header: Header, asked: Asked, known: Version): Place {
  const unfit = (reason: string): Setback => new Setback(reason, 'unfit');
  const length = header('content-length');
  if (status === 416) {
    const size = parseUnsatisfiedRange(header('content-range'));
    // That it has another size, or none, is for the comparison of versions to tell.
    const isOther = size !== null && (size === 0 || size !== (known.sizeBytes ?? size));
    if (!isOther) throw unfit('the store refuses the range (416)');
    return { start: 0, end: 0, size };
  }
  if (status === 200) {
    const size = length === null ? null : toCount(length);
    if (Number.isNaN(size)) throw unfit('the length makes no sense');
    return { start: 0, end: size, size };
  }
  if (!asked.isRanged) throw unfit('a part came instead of the whole file');
  const range = parseContentRange(header('content-range'));
  if (range === null) throw unfit('the part has no Content-Range');
  const { start, size } = range;
  const end = range.end + 1;
  if (length !== null && toCount(length) !== end - start) {
    throw unfit('the length of the part contradicts its Content-Range');
  }
  if (start > asked.start || end <= asked.start) throw unfit('another part came');
  return { start, end, size };
}

function versionIn(header: Header, sizeBytes: number | null): Version {
  const etag = header('etag');
  const lastModified = header('last-modified');
  const age = Date.parse(header('date') ?? '') - Date.parse(lastModified ?? '');
  const isStrong = etag === null ? age >= SAFE_AGE_MS : strongTagOf(etag) !== null;
  return { sizeBytes, etag, lastModified, isStrong };
}

/** What shows that an answer is of another version than the one known; null for nothing. */
function differenceOf(known: Version, seen: Version): string | null {
  const differs = (name: keyof Version): boolean =>
    known[name] !== null && seen[name] !== null && known[name] !== seen[name];
  if (differs('sizeBytes')) {
    return `it had ${String(known.sizeBytes)} bytes and has ${String(seen.sizeBytes)} now`;
  }
  if (differs('etag')) return 'its ETag differs';
  return known.etag === null && differs('lastModified') ? 'its Last-Modified differs' : null;
}

/**
 * A store that keeps a file with `Content-Encoding` names it and sends the bytes it has. Bytes encoded on the way
 * have another length, which nobody knows before their end.
 */
function requireUncompressed(
  status: number,
  header: Header,
  { size }: Place,
  known: Version,
): void {
  if ((header('content-encoding') ?? 'identity').toLowerCase() === 'identity') return;
  const isStored =
    size !== null && (known.sizeBytes === null ? status === 206 : size === known.sizeBytes);
  if (isStored && header('etag')?.startsWith('W/') !== true) return;
  throw new CliError(
    EXIT.network,
    'Something between here and the store compresses the file in transit, so it would not be saved as ' +
      'it is: use a route that does not, or set NO_PROXY.',
  );
}

/** Without a length and without chunks a cut line looks like the end of the file, unless that is known. */
function requireAnEnd({ end }: Place, header: Header, { sizeBytes, sha256 }: Source): void {
  if (end !== null || sizeBytes !== null || sha256 !== null) return;
  if (/\bchunked\b/i.test(header('transfer-encoding') ?? '')) return;
  throw new Setback('the response has no length');
}

/** What an answer without bytes means. Reads its body, of which only the code is used. */
async function refusalOf(
  status: number,
  header: Header,
  body: Readable,
  source: Source,
): Promise<Setback | CliError> {
  const code = await readErrorCode(body);
  const named = code === null ? String(status) : `${status} ${code}`;
  if (code !== null && COLD.test(code)) {
    return new CliError(
      EXIT.notFound,
      'The file is in cold storage: restore it in the store first, then run this again.',
    );
  }
  if (status === 412) return source.changed('the store has another version (412)');
  if (status === 404 || status === 410) {
    const what = `The store has no such file (${named}): see \`backups list\`.`;
    return new LinkRefusal(status, new CliError(EXIT.notFound, what));
  }
  if (status === 400 || status === 401 || status === 403) {
    const what =
      `The store rejects a link that was just issued (${named}): check the clocks, the permissions of the ` +
      'service in the store, and that all its replicas sign with the same secret.';
    return new LinkRefusal(status, new CliError(EXIT.refused, what));
  }
  if (status >= 500 || [408, 421, 425, 429].includes(status)) {
    const now = source.run.clock.now();
    const seconds = parseRetryAfter(header('retry-after') ?? undefined, now) ?? 0;
    const afterMs = Math.min(LONGEST_WAIT_MS, seconds * 1000);
    return new Setback(`the store answers ${named}`, 'broken', afterMs);
  }
  return new CliError(
    EXIT.network,
    `The store answers ${named}, not the file: tell the operator of the service.`,
  );
}

/** The code in an error of S3 (XML) or of the embedded upstream (JSON); null where there is none. */
async function readErrorCode(body: Readable): Promise<string | null> {
  let text = '';
  try {
    for await (const chunk of body) {
      text += (chunk as Buffer).toString('latin1');
      if (text.length >= LONGEST_ERROR) break;
    }
  } catch {
    // What came of it may do.
  }
  const [, xml] = /<Code>([A-Za-z0-9.]{1,60})<\/Code>/.exec(text) ?? [];
  const [, json] = /"(?:status|code)": ?"([A-Za-z0-9_.]{1,60})"/.exec(text) ?? [];
  return xml ?? json ?? null;
}
