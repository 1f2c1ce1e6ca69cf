import type { Config } from './config.js';
import type { Env } from './env.js';
import {
  type ReadText,
  readSecretFiles,
  readSmallFile,
  type SecretTexts,
  usesSecretFiles,
} from './secret-files.js';
import { toConfig } from './to-config.js';

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
  const first = await read();
  const config = toConfig(env, first);
  if (!usesSecretFiles(env)) return { config };
  return {
    config,
    files: { first, read, toConfig: (texts) => toConfig(withoutEndOf(first, texts, env), texts) },
  };
}

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
