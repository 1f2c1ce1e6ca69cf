import { z } from 'zod';
import { ArgumentError } from '../../domain/errors.js';
import { checkBackupKey } from '../../domain/ids.js';
import type { LinkedFile, LinkRequest, LinkUrls } from '../../domain/link.js';
import type { ApiOperation } from '../operation.js';
import type { QueryParameter } from '../sign/encode.js';
import { isFileName, toSize } from './lenient-fields.js';
import type { UpstreamRow } from './page.js';

/** `resource`: /downloadURLs; `action`: :describeBackupDownloadURL. Both are in use. */
export type DownloadUrlForm = 'resource' | 'action';

/** The links, unchanged byte for byte, and the properties of the linked file. */
export interface DownloadUrls extends LinkUrls, LinkedFile {}

/**
 * Requests the link of one file or of a complete backup.
 * @param options.namesInstance whether to send `instanceId`, which only the embedded upstream knows
 * @throws ArgumentError INVALID_ID, or FILE_NOT_IN_BACKUP for an invalid file name
 */
export function describeBackupDownloadUrl(
  { backup, fileName, lifetime }: LinkRequest,
  form: DownloadUrlForm,
  { namesInstance = false } = {},
): ApiOperation<DownloadUrls> {
  const { regionId, instanceId, backupId } = checkBackupKey(backup);
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
      ...optional('instanceId', namesInstance ? instanceId : undefined),
      ...optional('fileName', fileName),
      ...optional('urlExpirationSecond', lifetime?.toString()),
    ],
    parse: readDownloadUrls,
  };
}

type UrlMember = 'publicURL' | 'internalURL';
type Members = UpstreamRow<UrlMember | 'fileSizeByte' | 'fileSha256'>;

/**
 * By plain functions: a schema takes ten times as long, and a page has fifty links.
 * @throws ZodError if there is no result, a URL is none, or both are absent: such a response says
 *   nothing about a link
 */
function readDownloadUrls(result: unknown): DownloadUrls {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) throw unexpected();
  const members: Members = result;
  const publicUrl = readUrl(members, 'publicURL');
  const internalUrl = readUrl(members, 'internalURL');
  const hasMember = 'publicURL' in result || 'internalURL' in result;
  if (!hasMember) throw unexpected('publicURL');
  // Of the embedded upstream only, as is the digest: an unreadable one does not cost the link.
  const sizeBytes = toSize(members.fileSizeByte);
  return { publicUrl, internalUrl, sizeBytes, sha256: readSha256(members.fileSha256) };
}

/** The upstream returns an empty string if there is no link. */
function readUrl(members: Members, name: UrlMember): string | null {
  const url = members[name];
  if (url === undefined || url === null || url === '') return null;
  if (typeof url !== 'string' || !isHttpUrl(url)) throw unexpected(name);
  return url;
}

function readSha256(digest: unknown): string | null {
  const isDigest = typeof digest === 'string' && /^[0-9a-f]{64}$/i.test(digest);
  return isDigest ? digest.toLowerCase() : null;
}

function unexpected(...path: string[]): z.ZodError {
  return new z.ZodError([{ code: 'custom', path, message: 'unexpected' }]);
}

function pathEnd(backupId: string, form: DownloadUrlForm): string[] {
  return form === 'resource'
    ? [backupId, 'downloadURLs']
    : [`${backupId}:describeBackupDownloadURL`];
}

function optional(name: string, value: string | undefined): QueryParameter[] {
  return value === undefined ? [] : [[name, value]];
}

/** Longer than any signed URL with a session token; links stay in memory. */
const MAX_URL = 8192;

/** Whether a text is an absolute http or https URL on one line. */
function isHttpUrl(text: string): boolean {
  return text.length <= MAX_URL && /^https?:\/\/\P{Cc}+$/iu.test(text) && URL.canParse(text);
}
