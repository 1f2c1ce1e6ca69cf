import { rootCodeOf } from '../../../domain/error-code.js';
import { isUntrustedCertificate } from '../../service/service-error.js';
import { DownloadError } from '../download-error.js';

/** Why a connection cannot be used any longer; the message may be shown. */
export class BrokenLineError extends Error {
  override readonly name: string = 'BrokenLineError';
}

/** Ranges do not work here: the file has to be read from its first byte, in one stream. */
export class NoRangesError extends Error {
  override readonly name = 'NoRangesError';
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at the address of the store',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  ENOTFOUND: 'the host of the store cannot be found',
  EAI_AGAIN: 'the host of the store could not be looked up',
  EHOSTUNREACH: 'the store cannot be reached',
  ENETUNREACH: 'there is no network',
  ENETDOWN: 'there is no network',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'the store did not respond in time',
  UND_ERR_BODY_TIMEOUT: 'the store stopped sending',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer ended early',
};

/**
 * Says why a line broke, in words that hold nothing of the link.
 * @throws DownloadError for what asking again does not change
 */
export function reasonOf(error: unknown): string {
  if (error instanceof DownloadError) throw error;
  if (error instanceof BrokenLineError) return error.message;
  const code = rootCodeOf(error);
  if (code === undefined) return 'the connection failed';
  if (isUntrustedCertificate(code)) {
    throw new DownloadError(
      'network',
      `The certificate of the store is not trusted (${code}): set NODE_EXTRA_CA_CERTS to the certificate of its authority.`,
      { cause: error },
    );
  }
  return REASONS[code] ?? `the connection failed (${code})`;
}
