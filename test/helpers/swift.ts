import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, it } from '@jest/globals';
import type { BucketStoreConfig } from '../../src/config/config.js';
import { silenceSdkVersionWarning } from '../../src/config/env.js';
import { Secret } from '../../src/config/secret.js';
import { closing, temporaryFolder } from './closing.js';

/** The interpreter of the system, whose packages include Swift. */
const PYTHON = '/usr/bin/python3';
const PROGRAM = fileURLToPath(new URL('../swift/run-swift.py', import.meta.url));

/** An OpenStack Swift with its S3 API, on free ports. */
export interface Swift {
  readonly endpoint: string;
  readonly client: S3Client;
  /** Settings of a product that keeps its own backups in this store. */
  settings(bucket: string, prefix?: string): Record<string, string>;
  /** The same for a store that is opened without a product. */
  config(bucket: string, prefix?: string): BucketStoreConfig;
  createBucket(): Promise<string>;
  put(bucket: string, key: string, body: string | Buffer): Promise<void>;
  /** Uploads each text under its key. */
  fill(bucket: string, objects: Readonly<Record<string, string>>): Promise<void>;
}

const isInstalled = spawnSync(PYTHON, ['-c', 'import swift']).status === 0;

/**
 * Tests that need a real store; without python3-swift they are skipped with a message. CI has it.
 */
export function describeWithSwift(name: string, tests: () => void): void {
  if (isInstalled) describe(name, tests);
  else if (process.env['CI'])
    it(`${name}: needs python3-swift`, () => {
      throw new Error('python3-swift is not installed');
    });
  else it.skip(`${name}: skipped, since python3-swift is not installed`, () => undefined);
}

/** Starts a new store. */
export async function startSwift(): Promise<Swift> {
  const child = spawn(PYTHON, [PROGRAM, temporaryFolder()], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  });
  const exited = once(child, 'exit');
  const started = once(child.stdout, 'data').then(([line]) => JSON.parse(String(line)));
  const { endpoint, accessKeyId, secretAccessKey, region } = await Promise.race([
    started,
    exited.then(() => {
      throw new Error('swift did not start');
    }),
  ]);
  silenceSdkVersionWarning();
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  closing(async () => {
    client.destroy();
    child.stdin.end();
    await exited;
  });
  let buckets = 0;
  const put: Swift['put'] = async (bucket, key, body) => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(body) }));
  };
  return {
    endpoint,
    client,
    put,
    settings: (bucket, prefix = '') => ({
      EMBEDDED_BUCKET: `s3://${bucket}/${prefix}`,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    }),
    config: (bucket, prefix = '') => ({
      kind: 'bucket',
      bucket,
      prefix,
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey: new Secret(secretAccessKey) },
      addressing: 'auto',
      refreshMs: 3_600_000,
      maxAgeMs: 60_000,
    }),
    async createBucket() {
      buckets += 1;
      const bucket = `bucket-${buckets}`;
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      return bucket;
    },
    async fill(bucket, objects) {
      await Promise.all(Object.entries(objects).map(([key, text]) => put(bucket, key, text)));
    },
  };
}
