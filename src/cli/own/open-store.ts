import type { Config } from '../../config/config.js';
import { isWildcard } from '../../config/host-scope.js';
import { toConfig } from '../../config/to-config.js';
import type { BackupKey } from '../../domain/ids.js';
import { openOwnStore } from '../../embedded/ingest/open-own-store.js';
import type { OwnStore } from '../../embedded/ingest/own-store.js';
import { createLogger } from '../../telemetry/logger.js';
import { usageError } from '../cli-error.js';
import type { Context } from '../command.js';

/** The store that the settings name, and where its backups are seen. */
export interface OpenedStore {
  readonly store: OwnStore;
  /** The address of a backup in the page of the service; null where its port is not known. */
  readonly pageOf: (key: BackupKey) => string | null;
}

/** @throws CliError where the settings are wrong, or lead to the cloud */
export async function openStore({ env, say }: Pick<Context, 'env' | 'say'>): Promise<OpenedStore> {
  const config = readConfig(env);
  const { source, timeZone } = config.upstream;
  if (source.kind !== 'embedded') {
    throw usageError(
      'UPSTREAM is jdcloud: backups of the cloud are made there. Set it to embedded.',
    );
  }
  // Warnings of the catalogue, as of a manifest that cannot be read, in place of lines of JSON.
  const logger = createLogger('warn', {
    write: (line) => {
      say(messageOf(line));
    },
  });
  const store = await openOwnStore({ config: source, timeZone, logger });
  return { store, pageOf: (key) => pageAddress(config, key) };
}

function readConfig(env: Context['env']): Config {
  try {
    return toConfig(env);
  } catch (error) {
    throw usageError(error instanceof Error ? error.message.split('\n').join(' ') : String(error));
  }
}

function pageAddress({ host, port }: Config, key: BackupKey): string | null {
  if (port === 0) return null;
  const name = isWildcard(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  const view = new URLSearchParams({
    region: key.regionId,
    instance: key.instanceId,
    backup: key.backupId,
  });
  return `http://${name}:${port}/#${view.toString()}`;
}

function messageOf(line: string): string {
  const { msg, file } = JSON.parse(line) as { msg?: string; file?: string };
  return [file, msg].filter((part) => part !== undefined).join(': ');
}
