import { parseRetryAfter } from '../../../domain/http-date.js';
import { DownloadError } from '../download-error.js';
import type { HttpAnswer } from '../http-get.js';
import { readErrorCode } from './error-body.js';

export type Refusal =
  /** A link that has ended, or that the store does not know: another one may work. */
  | { readonly kind: 'link-refused'; readonly status: number; readonly code: string | null }
  | { readonly kind: 'changed'; readonly what: string }
  /** The store is busy or broken: the same may work later. */
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs: number | null };

/** Codes of S3 and its like for an object in an archive class that was not restored. */
const COLD = /^(InvalidObjectState|ObjectArchived|InvalidStorageClass)$/;
/** A refusal that stands for "come again": of S3, by the clock or a session that has ended. */
const LONGEST_WAIT_MS = 10 * 60_000;

/**
 * Judges an answer that brings no bytes. Reads its body, of which only the code is used.
 * @throws DownloadError for what asking again does not change
 */
export async function judgeRefusal(answer: HttpAnswer, now: number): Promise<Refusal> {
  const { status, headers, body } = answer;
  const code = await readErrorCode(body);
  if (code !== null && COLD.test(code)) throw coldStorageError();
  if (status === 412) return { kind: 'changed', what: 'the store has another version (412)' };
  if (status >= 300 && status < 400) throw redirectError(status);
  if ([400, 401, 403, 404, 410].includes(status)) return { kind: 'link-refused', status, code };
  if (status >= 500 || [408, 421, 425, 429].includes(status)) {
    const seconds = parseRetryAfter(headers['retry-after'], now);
    const afterMs = seconds === undefined ? null : Math.min(LONGEST_WAIT_MS, seconds * 1000);
    return { kind: 'later', reason: named(`the store answers ${status}`, code), afterMs };
  }
  throw new DownloadError(
    'network',
    `${named(`The store answers ${status}`, code)}, not the file.`,
  );
}

/** The failure that a link which was issued just now and is refused again ends with. */
export function refusedLinkError(status: number, code: string | null): DownloadError {
  if (status === 404 || status === 410) {
    return new DownloadError(
      'unavailable',
      `The store has no such file (${named(String(status), code)}): see \`backups list\`.`,
    );
  }
  return new DownloadError(
    'refused',
    `The store rejects a link that was just issued (${named(String(status), code)}): check the ` +
      'clocks, and the permissions of the service in the store.',
  );
}

function coldStorageError(): DownloadError {
  return new DownloadError(
    'unavailable',
    'The file is in cold storage: restore it in the store first, then run this again.',
  );
}

function redirectError(status: number): DownloadError {
  return new DownloadError(
    'network',
    `The store answers ${status} with a redirect, which is not followed: the service must ` +
      'issue links to the address that has the file.',
  );
}

function named(text: string, code: string | null): string {
  return code === null ? text : `${text} ${code}`;
}
