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

/** The files that hold secrets, to be read again. */
export interface ConfigFiles {
  /** What they held at the start. */
  readonly first: SecretTexts;
  read(): Promise<SecretTexts>;
  /** The settings with what the files hold now. @throws ConfigError */
  toConfig(texts: SecretTexts): Config;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Absent: no setting comes from a file. */
  readonly files?: ConfigFiles;
}

/** Reads the settings, and the files they name. @throws ConfigError with every fault at once */
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

/** An end in the environment is that of the token there was at the start, and of no later one. */
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
