import { z } from 'zod';
import { ArgumentError } from '../../domain/errors.js';
import { checkBackupKey } from '../../domain/ids.js';
import type { LinkedFile, LinkRequest, LinkUrls } from '../../domain/link.js';
import type { ApiOperation } from '../operation.js';
import type { QueryParameter } from '../sign/encode.js';
import { isFileName } from './lenient-fields.js';

/** `resource`: /downloadURLs; `action`: :describeBackupDownloadURL. Both are in use. */
export type DownloadUrlForm = 'resource' | 'action';

/** The links, unchanged byte for byte, and the properties of the linked file. */
export interface DownloadUrls extends LinkUrls, LinkedFile {}

/** The upstream returns an empty string if there is no link. */
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

/** Either can be absent; without both, the response says nothing about a link. */
const NO_MEMBER = {
  code: 'custom' as const,
  path: ['publicURL'],
  message: 'neither publicURL nor internalURL',
};

/**
 * Requests the link of one file or of a complete backup.
 * @throws ArgumentError INVALID_ID, or FILE_NOT_IN_BACKUP for an invalid file name
 */
export function describeBackupDownloadUrl(
  { backup, fileName, lifetime }: LinkRequest,
  form: DownloadUrlForm,
): ApiOperation<DownloadUrls> {
  const { regionId, backupId } = checkBackupKey(backup);
  if (fileName !== undefined && !isFileName(fileName)) {
    throw new ArgumentError(
      'FILE_NOT_IN_BACKUP',
      'Invalid file name; choose one of the names in `files`.',
    );
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

/** Whether a text is an absolute http or https URL on one line. */
function isHttpUrl(text: string): boolean {
  return /^https?:\/\/\P{Cc}+$/iu.test(text) && URL.canParse(text);
}
