import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { codeOf } from '../domain/error-code.js';
import type { Env } from './env.js';

/**
 * Settings that hold a secret, or belong to one: `<NAME>_FILE` names the file one is read from.
 * Those of a set are replaced together; those without one belong to long-lived servers and
 * connections, and need a restart.
 */
const SETS = {
  JDCLOUD_ACCESS_KEY_ID: 'cloud',
  JDCLOUD_SECRET_ACCESS_KEY: 'cloud',
  JDCLOUD_SECURITY_TOKEN: 'cloud',
  JDCLOUD_SECURITY_TOKEN_EXPIRES_AT: 'cloud',
  EMBEDDED_ACCESS_KEY_ID: null,
  EMBEDDED_SECRET_ACCESS_KEY: null,
  EMBEDDED_LINK_SECRET: null,
  AUTH_JWT_SECRET: 'tokens',
  REDIS_URL: 'Redis',
  CACHE_KEY: 'keys',
  HTTP_PROXY: null,
  HTTPS_PROXY: null,
} as const;

export type SecretName = keyof typeof SETS;

export const SECRET_NAMES = Object.keys(SETS) as SecretName[];

const setOf = (set: string | null) => SECRET_NAMES.filter((name) => SETS[name] === set);

/** The secrets that are replaced together; a mix of old and new ones is useless. */
export const SECRET_SETS = ['cloud', 'tokens', 'Redis', 'keys'].map(setOf);
export const SECRETS_AT_START = setOf(null);

/** The contents of the secret files at one moment. */
export interface SecretTexts {
  readonly values: ReadonlyMap<SecretName, string>;
  /** Secrets whose file could not be read; see `faults`. */
  readonly missing: readonly SecretName[];
  /** By setting name, without contents or paths: a path can be a secret entered by mistake. */
  readonly faults: readonly string[];
}

interface SecretFile {
  /** The setting that names the file. */
  readonly source: string;
  readonly path: string;
  /** The secrets in it. */
  readonly names: readonly SecretName[];
  readonly parse: (text: string) => readonly string[];
}

const CREDENTIALS_FILE = 'JDCLOUD_CREDENTIALS_FILE';
const KEY_PAIR: readonly SecretName[] = ['JDCLOUD_ACCESS_KEY_ID', 'JDCLOUD_SECRET_ACCESS_KEY'];

/** The secret files that the settings name. */
export function secretFilesOf(env: Env): readonly SecretFile[] {
  const files = SECRET_NAMES.map((name) => ({
    source: `${name}_FILE`,
    path: env[`${name}_FILE`] ?? '',
    names: [name],
    parse: (text: string) => [toSecret(text)],
  }));
  const pair = {
    source: CREDENTIALS_FILE,
    path: env[CREDENTIALS_FILE] ?? '',
    names: KEY_PAIR,
    parse: (text: string) => keyPairOf(text, env['JDCLOUD_PROFILE']?.trim() || 'default'),
  };
  return [...files, pair].filter(({ path }) => path !== '');
}

/** The setting that gave a secret, to name it in a fault. */
export function sourceOf(env: Env, name: string): string {
  const file = secretFilesOf(env).find(({ names }) => (names as readonly string[]).includes(name));
  return file?.source ?? name;
}

/** A text that changes when a file is written, replaced, or reached through another link. */
export async function stampSecretFiles(env: Env): Promise<string> {
  const stampOf = async ({ path }: SecretFile): Promise<string> => {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  };
  const stamps = secretFilesOf(env).map((file) => stampOf(file).catch(codeOf));
  return (await Promise.all(stamps)).join();
}

/** Reads all secret files named in `env`. */
export async function readSecretFiles(env: Env): Promise<SecretTexts> {
  const values = new Map<SecretName, string>();
  const missing: SecretName[] = [];
  const faults: string[] = [];
  for (const { source, path, names, parse } of secretFilesOf(env)) {
    try {
      refuseOtherSource(env, source, names);
      const texts = parse(await readSmallFile(path));
      names.forEach((name, index) => values.set(name, texts[index] ?? ''));
    } catch (error) {
      missing.push(...names);
      faults.push(`${source}: ${reasonOf(error)}`);
    }
  }
  return { values, missing, faults };
}

/** Proxy variables are also read in lower case. */
function refuseOtherSource(env: Env, source: string, names: readonly SecretName[]): void {
  const others = names.flatMap((name) => [name, name.toLowerCase(), `${name}_FILE`]);
  if (others.some((name) => name !== source && (env[name] ?? '') !== '')) {
    throw new FileFault(`set only this, or ${names.join(' and ')}`);
  }
}

/** Strips the single line ending that editors and `echo` add. */
function toSecret(text: string): string {
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw new FileFault('the file is empty');
  return secret;
}

/**
 * The key pair of a profile in `~/.jdc/config`, as written by `jdc configure add` with Python's
 * configparser: one section per profile, `name = value` or `name: value`, case-insensitive names,
 * `%` doubled.
 */
function keyPairOf(text: string, profile: string): readonly string[] {
  let section: string | undefined;
  let found: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    section = /^\[([^\]]*)\]/.exec(line)?.[1] ?? section;
    if (section !== profile) continue;
    found ??= new Map();
    const [, key = '', value = ''] = /^([^#;=:\s][^=:]*)[=:](.*)$/.exec(line) ?? [];
    found.set(key.trim().toLowerCase(), value.trim().replaceAll('%%', '%'));
  }
  if (!found) throw new FileFault('no profile has the name in JDCLOUD_PROFILE (default if unset)');
  const pair = [found.get('access_key') ?? '', found.get('secret_key') ?? ''];
  if (pair.includes('')) throw new FileFault('the profile needs access_key and secret_key');
  return pair;
}

/** What is wrong with a file; follows the name of its setting. */
class FileFault extends Error {}

/** Larger than any secret; a larger file was named by mistake. */
const MAX_BYTES = 64 * 1024;
/** Strips a byte order mark, which Windows editors add. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a regular file, following links. Opening a FIFO without a writer does not block. */
async function readSmallFile(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new FileFault('expected a regular file');
    if (found.size > MAX_BYTES) throw new FileFault('the file is larger than 64 KiB');
    return UTF_8.decode(await file.readFile());
  } finally {
    await file.close().catch(() => undefined);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof FileFault) return error.message;
  const code = codeOf(error) ?? 'unknown reason';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'no such file';
    case 'EACCES':
    case 'EPERM':
      return 'this user has no permission to read the file';
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'expected UTF-8 text';
    default:
      return `the file cannot be read: ${code}`;
  }
}
