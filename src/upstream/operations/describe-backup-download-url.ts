import { z } from 'zod';
import { ArgumentError } from '../../domain/errors.js';
import { checkBackupKey } from '../../domain/ids.js';
import type { LinkedFile, LinkRequest, LinkUrls } from '../../domain/link.js';
import type { ApiOperation } from '../operation.js';
import type { QueryParameter } from '../sign/encode.js';
import { isFileName } from './lenient-fields.js';

/** `resource`: /downloadURLs; `action`: :describeBackupDownloadURL. Both are in circulation. */
export type DownloadUrlForm = 'resource' | 'action';

/** The links as they came, byte for byte, with what is told of the file behind them. */
export interface DownloadUrls extends LinkUrls, LinkedFile {}

/** The upstream says the empty string where there is no link. */
const url = z
  .string()
  .refine((text) => text === '' || isHttpUrl(text))
  .nullish()
  .transform((text) => text || null);

/** Members of the embedded upstream's own. What cannot be read of them must not cost the link. */
const size = z.int().nonnegative().nullable().catch(null);
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/i)
  .transform((digest) => digest.toLowerCase())
  .nullable()
  .catch(null);

const urls = z.object({
  publicURL: url,
  internalURL: url,
  fileSizeByte: size,
  fileSha256: sha256,
});

/** One of the two may be absent; where both are, the answer says nothing of a link. */
const NO_MEMBER = {
  code: 'custom' as const,
  path: ['publicURL'],
  message: 'neither publicURL nor internalURL',
};

/**
 * Asks for the link of one file, or of a whole backup.
 * @throws ArgumentError INVALID_ID, or FILE_NOT_IN_BACKUP for what cannot be the name of a file
 */
export function describeBackupDownloadUrl(
  { backup, fileName, lifetime }: LinkRequest,
  form: DownloadUrlForm,
): ApiOperation<DownloadUrls> {
  const { regionId, backupId } = checkBackupKey(backup);
  if (fileName !== undefined && !isFileName(fileName)) {
    throw new ArgumentError('FILE_NOT_IN_BACKUP', 'fileName is not valid: no file has this name.');
  }
  return {
    name: 'describeBackupDownloadURL',
    regionId,
    path: ['v1', 'regions', regionId, 'backups', ...pathEnd(backupId, form)],
    query: [
      ...optional('fileName', fileName),
      ...optional('urlExpirationSecond', lifetime?.toString()),
    ],
    parse: (result) => {
      const { publicURL, internalURL, fileSizeByte, fileSha256 } = urls.parse(result);
      if (publicURL === null && internalURL === null && !hasMember(result as object)) {
        throw new z.ZodError([NO_MEMBER]);
      }
      return {
        publicUrl: publicURL,
        internalUrl: internalURL,
        sizeBytes: fileSizeByte,
        sha256: fileSha256,
      };
    },
  };
}

function hasMember(result: object): boolean {
  return 'publicURL' in result || 'internalURL' in result;
}

function pathEnd(backupId: string, form: DownloadUrlForm): string[] {
  return form === 'resource'
    ? [backupId, 'downloadURLs']
    : [`${backupId}:describeBackupDownloadURL`];
}

function optional(name: string, value: string | undefined): QueryParameter[] {
  return value === undefined ? [] : [[name, value]];
}

/** An absolute http or https address on one line. */
function isHttpUrl(text: string): boolean {
  return /^https?:\/\/\P{Cc}+$/iu.test(text) && URL.canParse(text);
}
