import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const REGION = 'cn-north-1';
export const FILE = 'shop.bak';
/** The database that few backups have. */
export const RARE = 'rare';
const RARE_ONE_IN = 1000;

export const instanceIdOf = (instance) => `sqlserver-${String(instance).padStart(4, '0')}`;

/** Ids in the order of their start: 0 is the newest. */
export const backupIdOf = (instance, place) => `bk-${instance}-${String(place).padStart(6, '0')}`;

/**
 * A folder with `backups` backups, spread over `instances` instances, an hour between two of an instance.
 * @returns what the product is started with, and what removes it
 */
export function folderStore({ backups, instances = 1 }) {
  const dir = mkdtempSync(join(tmpdir(), 'bench-store-'));
  for (let instance = 0; instance < instances; instance += 1) {
    const folder = join(dir, REGION, instanceIdOf(instance));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'instance.json'), '{"engine":"SQL Server"}');
    for (let place = 0; place < backups / instances; place += 1) {
      writeBackup(join(folder, backupIdOf(instance, place)), place);
    }
  }
  return { env: { EMBEDDED_DIR: dir }, remove: () => rmSync(dir, { recursive: true }) };
}

function writeBackup(folder, place) {
  const start = new Date(Date.UTC(2026, 0, 1) - place * 3_600_000);
  const files = join(folder, 'files');
  mkdirSync(files, { recursive: true });
  const text = start.toISOString().slice(0, 19);
  writeFileSync(
    join(folder, 'backup.json'),
    JSON.stringify({
      backupName: `nightly ${place}`,
      backupStartTime: text,
      backupEndTime: text,
      backupType: place % 7 === 0 ? 'full' : 'diff',
      backupMode: 'auto',
      backupUnit: 'instance',
    }),
  );
  const isRare = place % RARE_ONE_IN === RARE_ONE_IN - 1;
  for (const name of [FILE, isRare ? `${RARE}.bak` : 'crm.bak']) {
    writeFileSync(join(files, name), name);
    utimesSync(join(files, name), start, start);
  }
}
