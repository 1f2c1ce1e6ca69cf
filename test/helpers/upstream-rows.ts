/** A row in the format of the upstream API. */
export type Row = Readonly<Record<string, unknown>>;

export const REGION = 'cn-north-1';
export const SQL_INSTANCE = 'sqlserver-83uqv7avy4';
export const MYSQL_INSTANCE = 'mysql-wp4e9ztap2';

/** A full SQL Server backup of two databases; `fields` replace its own. */
export function backupRow(fields: Row = {}): Row {
  return {
    backupId: '0a2bd2ba-1c4f-4a7d-9c51-3c4f5d1e0001',
    backupName: 'nightly',
    instanceId: SQL_INSTANCE,
    engine: 'SQL Server',
    backupStatus: 'COMPLETED',
    backupStartTime: '2020-01-07T15:14:07',
    backupEndTime: '2020-01-07 15:20:07',
    backupType: 'full',
    backupMode: 'auto',
    backupUnit: 'instance',
    backupFiles: ['shop.bak', 'crm.bak'],
    backupSizeByte: 53_687_091_200,
    ...fields,
  };
}

/** A MySQL backup with the few fields the upstream reports; `fields` replace its own. */
export function mySqlBackupRow(fields: Row = {}): Row {
  return {
    backupId: '0a2bd2ba-1c4f-4a7d-9c51-3c4f5d1e0002',
    backupName: 'mysql nightly',
    instanceId: MYSQL_INSTANCE,
    backupStatus: 'COMPLETED',
    backupStartTime: '2020-01-07T15:14:07',
    backupMode: 'auto',
    backupSizeByte: 1024,
    ...fields,
  };
}

/** A SQL Server instance; `fields` replace its own. */
export function instanceRow(fields: Row = {}): Row {
  return {
    instanceId: SQL_INSTANCE,
    instanceName: 'orders',
    instanceType: 'cluster',
    engine: 'SQL Server',
    engineVersion: '2016',
    instanceStatus: 'RUNNING',
    regionId: REGION,
    azId: ['cn-north-1a'],
    createTime: '2019-05-01T08:00:00',
    ...fields,
  };
}

/** A MySQL instance; `fields` replace its own. */
export function mySqlInstanceRow(fields: Row = {}): Row {
  return instanceRow({
    instanceId: MYSQL_INSTANCE,
    instanceName: 'web',
    engine: 'MySQL',
    engineVersion: '5.7',
    ...fields,
  });
}
