import { stat } from 'node:fs/promises';
import type { Config } from './config.js';
import type { Env } from './env.js';
import {
  type ReadText,
  readSecretFiles,
  readSmallFile,
  type SecretTexts,
  usesSecretFiles,
} from './secret-files.js';
import { ConfigError, toConfig } from './to-config.js';

/** The secret files, for rereading. */
export interface ConfigFiles {
  /** Their contents at startup. */
  readonly first: SecretTexts;
  read(): Promise<SecretTexts>;
  /** Applies the current file contents to the settings. @throws ConfigError */
  toConfig(texts: SecretTexts): Config;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Absent if no setting comes from a file. */
  readonly files?: ConfigFiles;
}

/** Reads the settings and the files they name. @throws ConfigError with all faults */
export async function loadConfig(
  env: Env,
  readText: ReadText = readSmallFile,
): Promise<LoadedConfig> {
  const read = () => readSecretFiles(env, readText);
  const [first, folderFaults] = await Promise.all([read(), faultsOfFolder(env)]);
  const config = withFaults(folderFaults, () => toConfig(env, first));
  if (!usesSecretFiles(env)) return { config };
  return {
    config,
    files: { first, read, toConfig: (texts) => toConfig(withoutEndOf(first, texts, env), texts) },
  };
}

/** @throws ConfigError with `faults` and those that `parse` finds */
function withFaults(faults: readonly string[], parse: () => Config): Config {
  let config: Config;
  try {
    config = parse();
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError([...error.faults, ...faults]) : error;
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

/** A folder that someone chose is never created: a mistyped path would look like an empty store. */
async function faultsOfFolder(env: Env): Promise<string[]> {
  const isSet = (name: string): boolean => (env[name]?.trim() ?? '') !== '';
  const isUsed = env['UPSTREAM']?.trim() !== 'jdcloud' && !isSet('EMBEDDED_BUCKET');
  if (!isUsed || !isSet('EMBEDDED_DIR')) return [];
  const found = await stat(env['EMBEDDED_DIR']?.trim() ?? '').catch(
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  );
  if (found === 'ENOENT' || found === 'ENOTDIR') return [`EMBEDDED_DIR: ${NO_FOLDER}`];
  if (typeof found !== 'object')
    return [`EMBEDDED_DIR: the folder cannot be read: ${found ?? 'unknown reason'}`];
  return found.isDirectory() ? [] : ['EMBEDDED_DIR: not a folder'];
}

const NO_FOLDER = 'no such folder; create it, or unset EMBEDDED_DIR to use ./data';

/** An expiry in the environment belongs to the token read at startup, not to later ones. */
function withoutEndOf(first: SecretTexts, texts: SecretTexts, env: Env): Env {
  const isSameToken = OF_TOKEN.every(
    (name) => first.values.get(name)?.text === texts.values.get(name)?.text,
  );
  return isSameToken ? env : { ...env, JDCLOUD_SECURITY_TOKEN_EXPIRES_AT: undefined };
}

const OF_TOKEN = [
  'JDCLOUD_ACCESS_KEY_ID',
  'JDCLOUD_SECRET_ACCESS_KEY',
  'JDCLOUD_SECURITY_TOKEN',
] as const;
