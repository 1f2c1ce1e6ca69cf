import { stat } from 'node:fs/promises';
import { codeOf } from '../domain/error-code.js';
import type { Config } from './config.js';
import type { Env } from './env.js';
import {
  readSecretFiles,
  secretFilesOf,
  type SecretTexts,
  stampSecretFiles,
} from './secret-files.js';
import { toConfig } from './to-config.js';

/** The secret files, for rereading. */
export interface ConfigFiles {
  /** Their contents at startup. */
  readonly first: SecretTexts;
  /** A text that changes with the files. */
  stamp(): Promise<string>;
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
export async function loadConfig(env: Env): Promise<LoadedConfig> {
  const read = () => readSecretFiles(env);
  const first = await read();
  const faults = [...first.faults, ...(await faultsOfFolder(env))];
  const config = toConfig(env, { ...first, faults });
  if (secretFilesOf(env).length === 0) return { config };
  return {
    config,
    files: {
      first,
      stamp: () => stampSecretFiles(env),
      read,
      toConfig: (texts) => toConfig(withoutEndOf(first, texts, env), texts),
    },
  };
}

/** A folder that someone chose is never created: a mistyped path would look like an empty store. */
async function faultsOfFolder(env: Env): Promise<string[]> {
  const valueOf = (name: string): string => env[name]?.trim() ?? '';
  const dir = valueOf('EMBEDDED_DIR');
  if (dir === '' || valueOf('UPSTREAM') === 'jdcloud' || valueOf('EMBEDDED_BUCKET') !== '') {
    return [];
  }
  try {
    return (await stat(dir)).isDirectory() ? [] : ['EMBEDDED_DIR: not a folder'];
  } catch (error) {
    const code = codeOf(error) ?? 'unknown reason';
    return [`EMBEDDED_DIR: ${isMissing(code) ? NO_FOLDER : `the folder cannot be read: ${code}`}`];
  }
}

const isMissing = (code: string): boolean => code === 'ENOENT' || code === 'ENOTDIR';
const NO_FOLDER = 'no such folder; create it, or unset EMBEDDED_DIR to use ./data';

/** An expiry in the environment belongs to the token read at startup, not to later ones. */
function withoutEndOf(first: SecretTexts, texts: SecretTexts, env: Env): Env {
  const isSameToken = OF_TOKEN.every((name) => first.values.get(name) === texts.values.get(name));
  return isSameToken ? env : { ...env, JDCLOUD_SECURITY_TOKEN_EXPIRES_AT: undefined };
}

const OF_TOKEN = [
  'JDCLOUD_ACCESS_KEY_ID',
  'JDCLOUD_SECRET_ACCESS_KEY',
  'JDCLOUD_SECURITY_TOKEN',
] as const;
