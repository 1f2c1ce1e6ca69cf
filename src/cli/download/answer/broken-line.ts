import { DownloadError } from '../download-error.js';

/** Why a line is of no more use; the message may be shown. */
export class BrokenLineError extends Error {
  override readonly name: string = 'BrokenLineError';
}

const CERTIFICATE =
  /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT_ALTNAME_INVALID|CRL_|HOSTNAME_MISMATCH/;

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at the address of the store',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  ENOTFOUND: 'the host of the store is not known',
  EAI_AGAIN: 'the host of the store could not be looked up',
  EHOSTUNREACH: 'the store cannot be reached',
  ENETUNREACH: 'there is no network',
  ENETDOWN: 'there is no network',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer ended early',
};

/**
 * Says why a line broke, in words that hold nothing of the link.
 * @throws DownloadError for what asking again does not change
 */
export function reasonOf(error: unknown): string {
  if (error instanceof DownloadError) throw error;
  if (error instanceof BrokenLineError) return error.message;
  const code = codeOf(error);
  if (code === null) return 'the connection failed';
  if (CERTIFICATE.test(code)) {
    throw new DownloadError(
      'network',
      `The certificate of the store is not trusted (${code}): name its authority in NODE_EXTRA_CA_CERTS.`,
      { cause: error },
    );
  }
  return REASONS[code] ?? `the connection failed (${code})`;
}

/** As Node and undici name it; the errors of several addresses come in one. */
function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(code)) return code;
  return codeOf(cause) ?? (Array.isArray(errors) ? codeOf(errors[0]) : null);
}
