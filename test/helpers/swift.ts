import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
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
  remove(bucket: string, key: string): Promise<void>;
  /** Uploads each text under its key. */
  fill(bucket: string, objects: Readonly<Record<string, string>>): Promise<void>;
  /** Sends a signal to a server, as `object-1` or `proxy-0`. */
  signal(name: string, signal: NodeJS.Signals): void;
  /** Restarts a killed server. */
  restart(name: string): Promise<void>;
  /** Makes the listings consistent with the objects. */
  heal(): void;
  stop(): Promise<void>;
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

/** Starts a new store with `replicas` servers per object and `databases` servers per listing. */
export async function startSwift({ replicas = 1, databases = 1 } = {}): Promise<Swift> {
  const folder = temporaryFolder();
  const options = ['--replicas', String(replicas), '--databases', String(databases)];
  const child = spawn(PYTHON, [PROGRAM, folder, ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<any> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('swift did not start');
    return JSON.parse(value);
  };
  const { endpoint, accessKeyId, secretAccessKey, region, pids } = await nextLine();
  silenceSdkVersionWarning();
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const stop = closing(async () => {
    client.destroy();
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
  });
  let buckets = 0;
  const put: Swift['put'] = async (bucket, key, body) => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(body) }));
  };
  return {
    endpoint,
    client,
    put,
    async remove(bucket, key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
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
    signal(name, signal) {
      process.kill(pids[name], signal);
    },
    async restart(name) {
      child.stdin.write(`${name}\n`);
      pids[name] = (await nextLine()).pid;
    },
    heal() {
      spawnSync(PYTHON, [PROGRAM, folder, '--heal']);
    },
    stop,
  };
}
