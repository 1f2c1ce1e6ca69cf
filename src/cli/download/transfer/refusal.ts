import type { Readable } from 'node:stream';
import { parseRetryAfter } from '../../../domain/http-date.js';
import { DownloadError } from '../download-error.js';
import type { HttpAnswer } from './http-get.js';

export type Refusal =
  /** A link that has ended, or that the store does not know: another one may work. */
  | { readonly kind: 'link-refused'; readonly status: number; readonly code: string | null }
  | { readonly kind: 'changed'; readonly what: string }
  /** The store is busy or broken: the same may work later. */
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs: number | null };

/** Codes of S3 and its like for an object in an archive class that was not restored. */
const COLD = /^(InvalidObjectState|ObjectArchived|InvalidStorageClass)$/;
const LONGEST_WAIT_MS = 10 * 60_000;
/** Bytes read of an error: those of stores are short, and a page of a proxy need not be read to its end. */
const LONGEST_BODY = 16 * 1024;

/**
 * Judges an answer that brings no bytes. Reads its body, of which only the code is used.
 * @param now milliseconds since 1970
 * @throws DownloadError for what asking again does not change
 */
export async function judgeRefusal(answer: HttpAnswer, now: number): Promise<Refusal> {
  const { status, headers, body } = answer;
  const code = await readErrorCode(body);
  if (code !== null && COLD.test(code)) {
    const what = 'The file is in cold storage: restore it in the store first, then run this again.';
    throw new DownloadError('unavailable', what);
  }
  if (status === 412) return { kind: 'changed', what: 'the store has another version (412)' };
  if ([400, 401, 403, 404, 410].includes(status)) return { kind: 'link-refused', status, code };
  if (status >= 500 || [408, 421, 425, 429].includes(status)) {
    const seconds = parseRetryAfter(headers['retry-after'], now);
    const afterMs = seconds === undefined ? null : Math.min(LONGEST_WAIT_MS, seconds * 1000);
    return { kind: 'later', reason: named(`the store answers ${status}`, code), afterMs };
  }
  throw new DownloadError(
    'network',
    `${named(`The store answers ${status}`, code)}, not the file: tell the operator of the service.`,
  );
}

/** The failure that a link which was issued just now and is refused again ends with. */
export function refusedLinkError(status: number, code: string | null): DownloadError {
  const answer = named(String(status), code);
  return status === 404 || status === 410
    ? new DownloadError(
        'unavailable',
        `The store has no such file (${answer}): see \`backups list\`.`,
      )
    : new DownloadError(
        'refused',
        `The store rejects a link that was just issued (${answer}): check the clocks, the permissions of the ` +
          'service in the store, and that all its replicas sign with the same secret.',
      );
}

/** The code in an error of S3 (XML) or of the embedded upstream (JSON); null where there is none. */
async function readErrorCode(body: Readable): Promise<string | null> {
  let text = '';
  try {
    for await (const chunk of body) {
      text += (chunk as Buffer).toString('latin1');
      if (text.length >= LONGEST_BODY) break;
    }
  } catch {
    // What came of it may do.
  }
  const [, xml] = /<Code>([A-Za-z0-9.]{1,60})<\/Code>/.exec(text) ?? [];
  const [, json] = /"(?:status|code)": ?"([A-Za-z0-9_.]{1,60})"/.exec(text) ?? [];
  return xml ?? json ?? null;
}

function named(text: string, code: string | null): string {
  return code === null ? text : `${text} ${code}`;
}
