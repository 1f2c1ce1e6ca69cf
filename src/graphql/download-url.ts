import type { Backup } from '../domain/backup.js';
import { toLinkRequest, type DownloadArguments } from '../domain/download-rules.js';
import { ArgumentError } from '../domain/errors.js';
import type { Context } from './context.js';
import { engineOf } from './engine-of.js';
import { toDownloadUrl, type DownloadUrlSource } from './types/download-url.js';

/**
 * Resolves `downloadURL`: the rules of the engine first, then the link, so that a fault of the
 * arguments costs no call for a link.
 * @throws ArgumentError by the rules, or ENGINE_UNKNOWN
 * @throws UpstreamError from the call for the link
 */
export async function downloadUrl(
  backup: Backup,
  args: DownloadArguments,
  { loaders, mySqlLinkExpiry }: Context,
): Promise<DownloadUrlSource> {
  const engine = await engineOf(backup, loaders);
  if (engine === null) {
    throw new ArgumentError(
      'ENGINE_UNKNOWN',
      'The engine of this backup is not known, so its link cannot be asked for.',
    );
  }
  const { variant, request } = toLinkRequest(backup, engine, args, mySqlLinkExpiry);
  const issued = await loaders.link.load(request);
  const { fileName } = request;
  return toDownloadUrl({ ...issued, variant, ...(fileName !== undefined && { fileName }) });
}
