import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config, EmbeddedConfig } from '../../config/config.js';
import { silenceSdkVersionWarning } from '../../config/env.js';
import { isWildcard } from '../../config/host-scope.js';
import { loadConfig } from '../../config/load-config.js';
import type { BackupKey } from '../../domain/ids.js';
import { AdminError, toAdminError } from '../../embedded/admin/admin-error.js';
import { createOwnFolder } from '../../embedded/admin/folder/own-folder.js';
import type { OwnStore } from '../../embedded/admin/own-store.js';
import { createLogger, type Logger } from '../../telemetry/logger.js';
import { CliError, EXIT, usageError } from '../cli-error.js';
import type { Context } from '../command.js';
import { toEndpoint } from '../service/endpoint.js';

/** The store that the settings name, and how its backups are seen. */
export interface OpenedStore {
  readonly store: OwnStore;
  /** UTC offset of times without a zone, for example `+08:00`. */
  readonly timeZone: string;
  /** The address of a backup in the page of the service; null where its port is not known. */
  readonly pageOf: (key: BackupKey) => string | null;
}

/**
 * Opens the store that the settings name, and closes it after use.
 * @param nothing what a failed command says beside its faults, for example `Nothing was added.`
 * @throws CliError where the settings are wrong, or lead to the cloud, or the store fails
 */
export async function withOwnStore<Result>(
  { env, say, signal }: Pick<Context, 'env' | 'say' | 'signal'>,
  nothing: string,
  use: (opened: OpenedStore) => Promise<Result>,
): Promise<Result> {
  const config = await readConfig(env);
  const { source, timeZone } = config.upstream;
  if (source.kind !== 'embedded') {
    throw usageError(
      'UPSTREAM is jdcloud: backups of the cloud are made there. Set it to embedded.',
    );
  }
  // Warnings of the store, as of a manifest that cannot be read, in place of lines of JSON.
  const logger = createLogger('warn', {
    write: (line) => {
      say(messageOf(line));
    },
  });
  await warnOfMissing(source.store, say);
  const store = await open(source.store, timeZone, logger);
  try {
    return await use({ store, timeZone, pageOf: (key) => pageAddress(config, env, key) });
  } catch (error) {
    const failure = toAdminError(error, source.store);
    if (!(failure instanceof AdminError)) throw failure;
    throw toCliError(failure, signal.aborted ? '' : nothing, say);
  } finally {
    store.close();
  }
}

async function readConfig(env: Context['env']): Promise<Config> {
  try {
    return (await loadConfig(env)).config;
  } catch (error) {
    throw usageError(error instanceof Error ? error.message.split('\n').join(' ') : String(error));
  }
}

/** The default folder depends on where the command is run: elsewhere, nobody would see what it adds. */
async function warnOfMissing(store: EmbeddedConfig['store'], say: Context['say']): Promise<void> {
  if (store.kind !== 'folder' || !store.isDefault) return;
  const dir = resolve(store.dir);
  if ((await stat(dir).catch(() => null)) !== null) return;
  say(
    `EMBEDDED_DIR is not set, and there is no folder ${dir} yet. If the service runs elsewhere, set EMBEDDED_DIR to its folder.`,
  );
}

async function open(
  store: EmbeddedConfig['store'],
  timeZone: string,
  logger: Logger,
): Promise<OwnStore> {
  if (store.kind === 'folder') return createOwnFolder({ dir: store.dir, timeZone, logger });
  // Loads the client of object storage, which is large, only for a bucket.
  silenceSdkVersionWarning();
  const { createOwnBucket } = await import('../../embedded/admin/bucket/own-bucket.js');
  return createOwnBucket({ config: store, timeZone, logger });
}

/** One fault as a sentence; several each on a line. */
function toCliError(error: AdminError, nothing: string, say: Context['say']): CliError {
  const { fault, faults } = error;
  const [only = '', ...more] = faults;
  if (more.length > 0) for (const one of faults) say(one);
  const message = more.length > 0 ? nothing : `${only}. ${nothing}`.trim();
  return new CliError(EXIT[fault], message, { cause: error });
}

/** Below BACKUPS_URL, if that is set: the service is often seen at another address than it listens on. */
function pageAddress({ host, port }: Config, env: Context['env'], key: BackupKey): string | null {
  const view = new URLSearchParams({
    region: key.regionId,
    instance: key.instanceId,
    backup: key.backupId,
  });
  if (env['BACKUPS_URL']) {
    const { origin, pathname } = toEndpoint(undefined, env);
    return `${origin}${pathname.replace(/\/(?:graphql\/?)?$/, '')}/#${view.toString()}`;
  }
  if (port === 0) return null;
  const name = isWildcard(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}/#${view.toString()}`;
}

interface LogLine {
  readonly msg?: string;
  readonly file?: string;
  readonly key?: string;
  readonly code?: string;
  readonly faults?: readonly string[];
  readonly backup?: string;
  readonly unavailable?: readonly string[];
}

function messageOf(line: string): string {
  const { msg, file, key, backup, code, faults, unavailable } = JSON.parse(line) as LogLine;
  const why = [code, ...(faults ?? []), ...(unavailable ?? [])].filter((one) => one !== undefined);
  const about = [file ?? key ?? backup, msg].filter((part) => part !== undefined).join(': ');
  return why.length === 0 ? about : `${about} (${why.join('; ')})`;
}
