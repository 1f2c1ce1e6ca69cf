import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { type Product, startProduct } from '../helpers/product.js';

export const REGION = 'cn-north-1';
export const SQL_INSTANCE = 'sqlserver-83uqv7avy4';
export const SQL_BACKUP = '3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50';
export const MYSQL_INSTANCE = 'mysql-wp4e9ztap2';
export const MYSQL_BACKUP = '8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f';
export const MYSQL_BUILDING = 'b2c4d6e8-3a5f-4c17-8e29-5b6c7d8e9fa4';

/** The product over its own sample, in a new folder. */
export interface SampleProduct extends Product {
  /** The address of the list of an instance. */
  listOf(instanceId: string, more?: string): string;
  /** The bytes of a stored file. */
  stored(instanceId: string, backupId: string, file: string): Promise<Buffer>;
  /** Adds a finished backup of one file; `more` is added to its backup.json. */
  add(
    instanceId: string,
    backupId: string,
    startedAt: string,
    file: string,
    more?: object,
  ): Promise<void>;
}

export async function startSampleProduct(env: Record<string, string> = {}): Promise<SampleProduct> {
  const folder = temporaryFolder();
  const data = await sampleBelow(folder);
  const product = await startProduct({ EMBEDDED_DIR: data, ...env });
  return {
    ...product,
    listOf: (instanceId, more = '') =>
      `${product.origin}/#region=${REGION}&instance=${instanceId}${more}`,
    stored: (instanceId, backupId, file) =>
      readFile(join(data, REGION, instanceId, backupId, 'files', file)),
    async add(instanceId, backupId, backupStartTime, file, more = {}) {
      const place = join(data, REGION, instanceId, backupId);
      await mkdir(join(place, 'files'), { recursive: true });
      await writeFile(join(place, 'files', file), `bytes of ${file}`);
      await writeFile(join(place, 'backup.json'), JSON.stringify({ backupStartTime, ...more }));
    },
  };
}
