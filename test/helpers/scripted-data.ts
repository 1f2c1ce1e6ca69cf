import type { ApiOperationName } from '../../src/upstream/operation.js';
import type { ScriptedCall } from './scripted-call.js';
import { fail, ok, type Reply } from './scripted-replies.js';
import type { Row } from './upstream-rows.js';

export interface ScriptedData {
  readonly backups: readonly Row[];
  readonly instances: readonly Row[];
}

/**
 * Handlers of an upstream with exactly these rows: paged lists, 404 for everything else, a link for
 * each.
 */
export function dataHandlers({
  backups,
  instances,
}: ScriptedData): Record<ApiOperationName, (call: ScriptedCall) => Reply> {
  return {
    describeBackups: (call) => {
      const rows = backups.filter((row) => row['instanceId'] === call.instanceId);
      return ok({ backup: pageOf(rows, call), totalCount: rows.length });
    },
    describeInstances: (call) => {
      const engine = call.query['filters.1.values.1'];
      const rows = instances.filter(
        (row) =>
          row['regionId'] === call.regionId && (engine === undefined || row['engine'] === engine),
      );
      return ok({ dbInstances: pageOf(rows, call), totalCount: rows.length });
    },
    describeInstanceAttributes: (call) => {
      const row = instances.find(({ instanceId }) => instanceId === call.instanceId);
      return row ? ok({ dbInstanceAttributes: row }) : fail(404, 'NOT_FOUND');
    },
    describeRegions: () => {
      const ids = [...new Set(instances.map((row) => row['regionId']))];
      return ok({ regions: ids.map((regionId) => ({ regionId })) });
    },
    describeBackupDownloadURL: (call) => {
      const known = backups.some(({ backupId }) => backupId === call.backupId);
      return known ? ok(linksOf(call)) : fail(400, 'ResourceError.NotFound');
    },
  };
}

/** A page past the end repeats the last one, as the real upstream does. */
function pageOf(rows: readonly Row[], { query }: ScriptedCall): readonly Row[] {
  const size = Number(query['pageSize']);
  const last = Math.max(1, Math.ceil(rows.length / size));
  const page = Math.min(Number(query['pageNumber']), last);
  return rows.slice((page - 1) * size, page * size);
}

function linksOf({ backupId = '', query, at }: ScriptedCall): Row {
  const name = encodeURIComponent(query['fileName'] ?? 'set.xbstream');
  const expires = Math.floor(at / 1000) + Number(query['urlExpirationSecond'] ?? 86_400);
  const rest = `/bucket/${backupId}/${name}?Expires=${expires}&Signature=a+b/c==`;
  return {
    publicURL: `https://oss.example${rest}`,
    internalURL: `http://oss-internal.example${rest}`,
  };
}
