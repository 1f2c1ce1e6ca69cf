/** The data of the benchmark upstream: three SQL Server instances with 50 backups each. */
export const REGION = 'cn-north-1';
export const INSTANCES = ['sqlserver-bench00001', 'sqlserver-bench00002', 'sqlserver-bench00003'];
export const PER_INSTANCE = 50;
export const FILE = 'shop.bak';

export function backupIdsOf(instanceId) {
  const instance = INSTANCES.indexOf(instanceId);
  return Array.from(
    { length: PER_INSTANCE },
    (_, row) => `0a2bd2ba-1c4f-4a7d-9c51-${String(instance * 1000 + row).padStart(12, '0')}`,
  );
}

/** Rows in the format of the upstream API, newest first. */
export function rowsOf(instanceId) {
  return backupIdsOf(instanceId).map((backupId, row) => ({
    backupId,
    backupName: `nightly ${row}`,
    instanceId,
    engine: 'SQL Server',
    backupStatus: 'COMPLETED',
    backupStartTime: `2026-01-${String(28 - (row % 28)).padStart(2, '0')}T03:00:00`,
    backupEndTime: `2026-01-${String(28 - (row % 28)).padStart(2, '0')}T03:20:00`,
    backupType: 'full',
    backupMode: 'auto',
    backupUnit: 'instance',
    backupFiles: [FILE, 'crm.bak'],
    backupSizeByte: 53_687_091_200 + row,
  }));
}
