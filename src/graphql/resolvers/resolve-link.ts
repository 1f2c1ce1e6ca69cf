import type { LinkOutcome, LinkRecord } from '../../audit/audit-record.js';
import type { Backup } from '../../domain/backup.js';
import { isUnavailable, type LinkArguments, toLinkRequest } from '../../domain/download-rules.js';
import type { Engine } from '../../domain/engines.js';
import { ArgumentError, PublicError } from '../../domain/errors.js';
import { formatBackupId } from '../../domain/ids.js';
import type { HandedLink } from '../../domain/link.js';
import { withoutPublicLink } from '../../domain/link-id.js';
import type { Context } from '../context.js';
import type { LinkField } from '../link-records.js';
import { type DownloadUrlSource, toDownloadUrl } from '../types/download-link.js';
import { requireDownload } from './authorize.js';

/**
 * Resolves `downloadURL` and records each execution; the response waits for the records. Without a
 * promise if the link is at hand: a page of reused links then executes in one go.
 * @throws PublicError UNAUTHENTICATED, FORBIDDEN
 * @throws ArgumentError by the rules of the engine, or ENGINE_UNKNOWN
 * @throws UpstreamError from the issuing call
 */
export function downloadUrl(
  backup: Backup,
  args: LinkArguments,
  context: Context,
  field: LinkField,
): DownloadUrlSource | Promise<DownloadUrlSource> {
  const { records } = context;
  const answer = (link: DownloadUrlSource): DownloadUrlSource => {
    const outcome = link.available ? 'GRANTED' : 'NOT_AVAILABLE';
    records.add(recordOf(backup, args, outcome, link, link.requestId), field);
    return link;
  };
  const refuse = (error: unknown): never => {
    const { code, details } = error instanceof PublicError ? error : INTERNAL;
    records.add(recordOf(backup, args, code, null, details.requestId), field);
    throw error;
  };
  let link;
  try {
    link = requestLink(backup, args, context);
  } catch (error) {
    return refuse(error);
  }
  return link instanceof Promise ? link.then(answer, refuse) : answer(link);
}

const INTERNAL = { code: 'INTERNAL_SERVER_ERROR', details: { requestId: undefined } } as const;

/** Written out: with a spread, creating and serializing the record takes several times as long. */
function recordOf(
  backup: Backup,
  { fileName, expiresIn }: LinkArguments,
  outcome: LinkOutcome,
  link: DownloadUrlSource | null,
  requestId: string | undefined,
): LinkRecord {
  return {
    backupId: formatBackupId(backup),
    fileName: fileName ?? null,
    lifetime: expiresIn ?? null,
    expiresAt: link?.expiresAt?.toISOString() ?? null,
    outcome,
    linkId: link?.linkId ?? null,
    reused: link?.reused ?? null,
    requestId: requestId ?? null,
  };
}

/**
 * Checks permission, then the rules of the engine, so that no invalid request costs an upstream
 * call.
 */
function requestLink(
  backup: Backup,
  args: LinkArguments,
  context: Context,
): DownloadUrlSource | Promise<DownloadUrlSource> {
  requireDownload(context.caller, backup);
  return backup.engine === null
    ? context.loaders.engineOf(backup).then((engine) => loadLink(backup, engine, args, context))
    : loadLink(backup, backup.engine, args, context);
}

function loadLink(
  backup: Backup,
  engine: Engine | null,
  args: LinkArguments,
  { loaders, mySqlLinkExpiry, publicLinks }: Context,
): DownloadUrlSource | Promise<DownloadUrlSource> {
  if (engine === null) {
    throw new ArgumentError(
      'ENGINE_UNKNOWN',
      'The engine of this backup is unknown, so no link can be issued.',
    );
  }
  const { variant, request } = toLinkRequest(backup, engine, args, mySqlLinkExpiry);
  const toSource = (handed: HandedLink): DownloadUrlSource => {
    const issued = publicLinks ? handed : withoutPublicLink(handed);
    return toDownloadUrl(issued, variant, request.fileName);
  };
  if (isUnavailable(backup, request.fileName)) return toSource(NO_LINK);
  const handed = loaders.link.load(request);
  return handed instanceof Promise ? handed.then(toSource) : toSource(handed);
}

const NO_LINK: HandedLink = {
  publicUrl: null,
  internalUrl: null,
  sizeBytes: null,
  sha256: null,
  expiresAt: null,
  linkId: null,
  reused: false,
};
