import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cannotOpen } from '../audit/audit-file.js';
import type { Config } from '../config/config.js';
import type { Env } from '../config/env.js';
import { loadConfig } from '../config/load-config.js';
import { ConfigError } from '../config/to-config.js';
import { codeOf } from '../domain/error-code.js';
import { readDocumentList } from '../graphql/persisted-documents.js';

/**
 * Reads all settings and the files they name, as at a start, without opening a port or creating
 * anything.
 * @returns the warnings
 * @throws ConfigError with all faults
 */
export async function checkSettings(env: Env): Promise<readonly string[]> {
  const { config } = await loadConfig(env);
  const faults = await Promise.all([
    readDocumentList(config.persistedDocuments).then(() => null, messageOf),
    faultOfAuditLog(config),
  ]);
  const found = faults.filter((fault) => fault !== null);
  if (found.length > 0) throw new ConfigError(found);
  return config.warnings;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function faultOfAuditLog({ audit: { log } }: Config): Promise<string | null> {
  if (log.kind === 'stdout') return null;
  const code = await refusalOf(log.path, constants.W_OK);
  const refusal =
    code === 'ENOENT' ? await refusalOf(dirname(log.path), constants.W_OK | constants.X_OK) : code;
  return refusal === null ? null : cannotOpen(refusal);
}

async function refusalOf(path: string, mode: number): Promise<string | null> {
  return access(path, mode).then(
    () => null,
    (error: unknown) => codeOf(error) ?? 'unknown reason',
  );
}
