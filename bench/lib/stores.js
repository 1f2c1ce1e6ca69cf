import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from './process.js';

export const REGION = 'cn-north-1';
export const FILE = 'shop.bak';
/** The database that few backups have. */
export const RARE = 'rare';
const RARE_ONE_IN = 1000;
/** What the product keeps in a bucket for the next start. */
const SNAPSHOT = '.backup-index.jsonl';

export const instanceIdOf = (instance) => `sqlserver-${String(instance).padStart(4, '0')}`;

/** Ids in the order of their start: 0 is the newest. */
export const backupIdOf = (instance, place) => `bk-${instance}-${String(place).padStart(6, '0')}`;

/**
 * A folder with `backups` backups, spread over `instances` instances, an hour between two of an instance.
 * @returns what the product is started with, whether it holds what the next start reads, and what removes it
 */
export function folderStore({ backups, instances = 1 }) {
  const dir = mkdtempSync(join(tmpdir(), 'bench-store-'));
  for (const { folder, texts, start } of contents({ backups, instances })) {
    const path = join(dir, folder);
    mkdirSync(start ? join(path, 'files') : path, { recursive: true });
    for (const [name, text] of Object.entries(texts)) {
      writeFileSync(join(path, name), text);
      if (name.startsWith('files/')) utimesSync(join(path, name), start, start);
    }
  }
  return {
    env: { EMBEDDED_DIR: dir },
    isReady: () => true,
    remove: () => rmSync(dir, { recursive: true }),
  };
}

/** The same as a bucket, in a process of its own. */
export async function bucketStore({ backups, instances = 1 }) {
  const store = await startProcess(
    () => [process.execPath, fileURLToPath(new URL('s3-store.js', import.meta.url))],
    {
      name: 's3-store',
      measured: false,
      env: { BACKUPS: String(backups), INSTANCES: String(instances) },
      probe: (origin) => fetch(origin),
    },
  );
  return {
    env: {
      EMBEDDED_BUCKET: 's3://backups/',
      AWS_ENDPOINT_URL_S3: store.origin,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKBENCH',
      AWS_SECRET_ACCESS_KEY: 'secret',
    },
    isReady: async () =>
      (await fetch(`${store.origin}/backups/${SNAPSHOT}`, { method: 'HEAD' })).ok,
    remove: store.stop,
  };
}

/** The same as objects of a bucket: each key with its text. */
export function* bucketObjects({ backups, instances }) {
  for (const { folder, texts } of contents({ backups, instances })) {
    for (const [name, text] of Object.entries(texts)) yield [`${folder}/${name}`, text];
  }
}

/** The folder of each instance and each backup, with what its files hold. */
function* contents({ backups, instances }) {
  for (let instance = 0; instance < instances; instance += 1) {
    const folder = `${REGION}/${instanceIdOf(instance)}`;
    yield { folder, texts: { 'instance.json': '{"engine":"SQL Server"}' } };
    for (let place = 0; place < backups / instances; place += 1) {
      yield { folder: `${folder}/${backupIdOf(instance, place)}`, ...backupAt(place) };
    }
  }
}

function backupAt(place) {
  const start = new Date(Date.UTC(2026, 0, 1) - place * 3_600_000);
  const time = start.toISOString().slice(0, 19);
  const manifest = {
    backupName: `nightly ${place}`,
    backupStartTime: time,
    backupEndTime: time,
    backupType: place % 7 === 0 ? 'full' : 'diff',
    backupMode: 'auto',
    backupUnit: 'instance',
  };
  const isRare = place % RARE_ONE_IN === RARE_ONE_IN - 1;
  const texts = { 'backup.json': JSON.stringify(manifest) };
  for (const name of [FILE, isRare ? `${RARE}.bak` : 'crm.bak']) texts[`files/${name}`] = name;
  return { start, texts };
}
