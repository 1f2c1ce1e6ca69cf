import { ArgumentError } from '../../domain/errors.js';
import { checkBackupKey } from '../../domain/ids.js';
import type { LinkedFile, LinkRequest, LinkUrls } from '../../domain/link.js';
import { type ApiOperation, unexpected } from '../operation.js';
import type { QueryParameter } from '../sign.js';
import { isFileName, toSize, type UpstreamRow } from './rows.js';

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
  const backups = ['v1', 'regions', regionId, 'backups'];
  const query: QueryParameter[] = [];
  if (namesInstance) query.push(['instanceId', instanceId]);
  if (fileName !== undefined) query.push(['fileName', fileName]);
  if (lifetime !== undefined) query.push(['urlExpirationSecond', String(lifetime)]);
  return {
    name: 'describeBackupDownloadURL',
    regionId,
    path:
      form === 'resource'
        ? [...backups, backupId, 'downloadURLs']
        : [...backups, `${backupId}:describeBackupDownloadURL`],
    query,
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
  if (typeof result !== 'object' || result === null) throw unexpected();
  const members: Members = result;
  const publicUrl = readUrl(members, 'publicURL');
  const internalUrl = readUrl(members, 'internalURL');
  if (!('publicURL' in result) && !('internalURL' in result)) throw unexpected('publicURL');
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

/** Longer than any signed URL with a session token; links stay in memory. */
const MAX_URL = 8192;

/** Whether a text is an absolute http or https URL on one line. */
function isHttpUrl(text: string): boolean {
  return text.length <= MAX_URL && /^https?:\/\/\P{Cc}+$/iu.test(text) && URL.canParse(text);
}
