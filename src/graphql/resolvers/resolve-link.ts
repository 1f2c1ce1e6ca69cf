import type { Backup } from '../../domain/backup.js';
import { toLinkRequest, type LinkArguments } from '../../domain/download-rules.js';
import { ArgumentError } from '../../domain/errors.js';
import { withoutPublicLink } from '../../domain/public-links.js';
import { requireDownload } from './authorize.js';
import type { Context } from '../context.js';
import { engineOf } from '../loaders/engine-of.js';
import { answeredLinkRecord, refusedLinkRecord } from './link-record.js';
import { toDownloadUrl, type DownloadUrlSource } from '../types/download-link.js';

/**
 * Resolves `downloadURL` and records each execution: a link is returned only after its record is
 * written; a rejection is returned either way.
 * @throws PublicError UNAUTHENTICATED, FORBIDDEN
 * @throws ArgumentError by the rules of the engine, or ENGINE_UNKNOWN
 * @throws UpstreamError from the issuing call
 * @throws AuditError
 */
export async function downloadUrl(
  backup: Backup,
  args: LinkArguments,
  context: Context,
): Promise<DownloadUrlSource> {
  let link: DownloadUrlSource;
  try {
    link = await requestLink(backup, args, context);
  } catch (error) {
    await context.recordLink(refusedLinkRecord(backup, args, error)).catch(() => undefined);
    throw error;
  }
  await context.recordLink(answeredLinkRecord(backup, args, link));
  return link;
}

/**
 * Checks permission, then the rules of the engine, so that no invalid request costs an upstream
 * call.
 */
async function requestLink(
  backup: Backup,
  args: LinkArguments,
  { caller, loaders, mySqlLinkExpiry, publicLinks }: Context,
): Promise<DownloadUrlSource> {
  requireDownload(caller, backup);
  const engine = backup.engine ?? (await engineOf(backup, loaders));
  if (engine === null) {
    throw new ArgumentError(
      'ENGINE_UNKNOWN',
      'The engine of this backup is unknown, so no link can be issued.',
    );
  }
  const { variant, request } = toLinkRequest(backup, engine, args, mySqlLinkExpiry);
  const handed = await loaders.link.load(request);
  const issued = publicLinks ? handed : withoutPublicLink(handed);
  return toDownloadUrl(issued, variant, request.fileName);
}
