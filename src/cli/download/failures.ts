import { dirname } from 'node:path';
import { codeOf, hasCode, rootCodeOf } from '../../domain/error-code.js';
import { CliError, EXIT, ReaderGoneError } from '../cli-error.js';
import { isUntrustedCertificate } from '../service/service-error.js';

/** A failure that may be over soon. The message may be shown. */
export class Setback extends Error {
  override readonly name = 'Setback';

  constructor(
    message: string,
    readonly kind:
      | 'broken'
      /** No answer came: the store may have moved. */
      | 'unreached'
      /** The answer is not the part that was asked for. */
      | 'unfit'
      /** Ranges do not work here: the file has to be read from its first byte, in one stream. */
      | 'no-ranges' = 'broken',
    /** Pause that the store asked for, in milliseconds. */
    readonly afterMs = 0,
  ) {
    super(message);
  }
}

/** The store refuses a link: it has ended, or the store does not know the file. */
export class LinkRefusal extends Setback {
  /** @param error what it ends with where links that were just issued are refused as well */
  constructor(
    status: number,
    readonly error: CliError,
  ) {
    super(`the store refuses the link (${status})`);
  }
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
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'the store did not respond in time',
  UND_ERR_BODY_TIMEOUT: 'the store stopped sending',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer ended early',
};

/**
 * Why a connection broke, in words that hold nothing of the link but its origin.
 * @param unreached the origin that gave no answer
 * @throws CliError for what asking again does not change
 */
export function toSetback(error: unknown, unreached?: string): Setback {
  if (error instanceof CliError || error instanceof ReaderGoneError) throw error;
  if (error instanceof Setback) return error;
  const code = rootCodeOf(error);
  if (code !== undefined && isUntrustedCertificate(code)) {
    throw new CliError(
      EXIT.network,
      `The certificate of the store is not trusted (${code}): set NODE_EXTRA_CA_CERTS to the certificate of its authority.`,
      { cause: error },
    );
  }
  const failed = code === undefined ? 'the connection failed' : `the connection failed (${code})`;
  const reason = REASONS[code ?? ''] ?? failed;
  if (unreached === undefined) return new Setback(reason);
  return new Setback(`${reason}: ${unreached}`, 'unreached');
}

const TARGET_FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space',
  EDQUOT: 'The disk quota is exhausted: free some space',
  EFBIG: 'The file system does not allow files of this size: choose another disk with -o',
  EACCES: 'Permission denied: choose another place with -o, or change the permissions',
  EPERM: 'Permission denied: choose another place with -o, or change the permissions',
  EROFS: 'The file system is read-only: choose another place with -o',
  ENOENT: 'The folder does not exist: create it',
  ENOTDIR: 'Part of the path is not a folder: check -o',
  ENAMETOOLONG: 'The name is too long for the file system: choose a shorter one with -o',
  EIO: 'The disk failed: check it, or choose another place with -o',
  ENODEV: 'The disk is disconnected: connect it again',
  EBUSY: 'Another program is using the file: close it',
};

/** The failure that a fault of the file system ends with. @param path as it may be shown */
export function toTargetError(error: unknown, path: string): CliError {
  if (error instanceof CliError) return error;
  const code = codeOf(error) ?? 'unknown reason';
  const what =
    TARGET_FAULTS[code] ?? `The file cannot be written (${code}): choose another place with -o`;
  const place = code === 'ENOENT' ? dirname(path) : path;
  const message = `${what}, then run the same command again (${place}).`;
  return new CliError(EXIT.usage, message, { cause: error });
}

/** Whether a download ended since the disk is full. */
export function isNoRoom(failure: unknown): boolean {
  return failure instanceof CliError && hasCode(failure.cause, 'ENOSPC', 'EDQUOT');
}
