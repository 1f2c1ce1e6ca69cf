import { mkdir, writeFile } from 'node:fs/promises';
import { type Agent, get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { EmbeddedConfig } from '../../src/config/config.js';
import { Secret } from '../../src/config/secret.js';
import type { BackupKey, InstanceKey } from '../../src/domain/ids.js';
import type { DownloadRecord } from '../../src/embedded/api/downloads.js';
import {
  startEmbeddedUpstream,
  type EmbeddedUpstream,
  type EmbeddedUpstreamOptions,
} from '../../src/embedded/start-embedded-upstream.js';
import { ensureSample } from '../../src/embedded/sample/ensure-sample.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { closing } from './closing.js';
import { parsedLines } from './service.js';

export const ACCESS_KEY_ID = 'TESTAK';
export const SECRET_ACCESS_KEY = 'TESTSECRET';

export const TIMES = {
  keepAliveMs: 65_000,
  requestTimeoutMs: 30_000,
  stallMs: 30_000,
  maxHeaderBytes: 16_384,
};

/** Writes the sample backups to a new folder `data` below `path`. @returns that folder */
export async function sampleBelow(path: string): Promise<string> {
  const dir = join(path, 'data');
  await ensureSample(dir);
  return dir;
}

/** Writes instance.json below `dir`. */
export async function writeInstance(
  dir: string,
  { regionId, instanceId }: InstanceKey,
  manifest: object | string,
): Promise<void> {
  const folder = join(dir, regionId, instanceId);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'instance.json'), toText(manifest));
}

export interface BackupContent {
  readonly manifest?: object | string;
  readonly files?: Readonly<Record<string, string | Buffer>>;
}

/** Writes a backup below `dir`; returns its folder of files. */
export async function writeBackup(
  dir: string,
  { regionId, instanceId, backupId }: BackupKey,
  { manifest, files = {} }: BackupContent,
): Promise<string> {
  const folder = join(dir, regionId, instanceId, backupId);
  await mkdir(join(folder, 'files'), { recursive: true });
  if (manifest !== undefined) await writeFile(join(folder, 'backup.json'), toText(manifest));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, 'files', name), content);
  }
  return join(folder, 'files');
}

export interface TestEmbedded extends EmbeddedUpstream {
  /** Records of `onDownload` so far. */
  readonly downloads: readonly DownloadRecord[];
  /** Lines of the log so far. */
  readonly log: readonly string[];
  /** The parsed lines of at least this level. */
  readonly lines: (level?: number) => readonly any[];
}

export interface TestEmbeddedOptions extends Partial<Omit<EmbeddedUpstreamOptions, 'config'>> {
  /** Replaces settings of a configuration that fits tests. */
  readonly config?: Partial<EmbeddedConfig>;
}

/** An embedded upstream over a folder or another store on a free port. Running downloads do not delay its end. */
export async function startEmbedded(
  place: string | EmbeddedConfig['store'],
  { config, ...options }: TestEmbeddedOptions = {},
): Promise<TestEmbedded> {
  const downloads: DownloadRecord[] = [];
  const log: string[] = [];
  const upstream = await startEmbeddedUpstream({
    config: {
      kind: 'embedded',
      store: typeof place === 'string' ? { kind: 'folder', dir: place, isDefault: true } : place,
      port: 0,
      maxDownloads: 512,
      fullCheckMs: 300_000,
      credentials: {
        accessKeyId: ACCESS_KEY_ID,
        secretAccessKey: new Secret(SECRET_ACCESS_KEY),
      },
      linkSecrets: [new Secret('LINKSECRET')],
      ...config,
    },
    host: '127.0.0.1',
    http: TIMES,
    attemptTimeoutMs: 4000,
    mySqlLinkExpiry: 'fixed',
    timeZone: '+08:00',
    logger: createLogger('debug', { write: (line) => void log.push(line) }),
    onDownload: (record) => downloads.push(record),
    ...options,
  });
  return {
    ...upstream,
    close: closing<number>((graceMs) => upstream.close(graceMs), 0),
    downloads,
    log,
    lines: (level) => parsedLines(log, level),
  };
}

/** Code and status of a rejection. */
export async function refusalOf(response: Response): Promise<[code: number, status: string]> {
  const { error } = (await response.json()) as { error: { code: number; status: string } };
  return [error.code, error.status];
}

/** Begins a download and reads nothing of it. */
export function beginDownload(
  link: string,
  agent: Agent | false = false,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(link, { agent }, resolve).once('error', reject);
  });
}

function toText(manifest: object | string): string {
  return typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
}
