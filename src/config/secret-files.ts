import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { profileOf } from './credentials-file.js';
import type { Env } from './env.js';

/** Settings that hold a secret, or belong to one: `<NAME>_FILE` names the file one is read from. */
export const SECRET_NAMES = [
  'JDCLOUD_ACCESS_KEY_ID',
  'JDCLOUD_SECRET_ACCESS_KEY',
  'JDCLOUD_SECURITY_TOKEN',
  'JDCLOUD_SECURITY_TOKEN_EXPIRES_AT',
  'EMBEDDED_ACCESS_KEY_ID',
  'EMBEDDED_SECRET_ACCESS_KEY',
  'EMBEDDED_LINK_SECRET',
  'AUTH_JWT_SECRET',
  'REDIS_URL',
  'CACHE_KEY',
  'HTTP_PROXY',
  'HTTPS_PROXY',
] as const;

export type SecretName = (typeof SECRET_NAMES)[number];

export interface SecretText {
  readonly text: string;
  /** The setting that names the file. */
  readonly source: string;
}

/** The contents of the secret files at one moment. */
export interface SecretTexts {
  readonly values: ReadonlyMap<SecretName, SecretText>;
  /** Secrets whose file could not be read; see `faults`. */
  readonly missing: readonly SecretName[];
  /** By setting name, without contents or paths: a path can be a secret entered by mistake. */
  readonly faults: readonly string[];
}

/** Reads a secret file as text. @throws FileFault */
export type ReadText = (path: string) => Promise<string>;

/** A file that cannot be read; the message follows the name of its setting. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
}

/** Whether any secret comes from a file. */
export function usesSecretFiles(env: Env): boolean {
  return isSet(env, CREDENTIALS_FILE) || SECRET_NAMES.some((name) => isSet(env, `${name}_FILE`));
}

/** Marks all secret files as faults, so that no secret is empty by mistake. */
export function nothingRead(env: Env): SecretTexts {
  const named = SECRET_NAMES.filter((name) => isSet(env, `${name}_FILE`));
  const pair = isSet(env, CREDENTIALS_FILE) ? KEY_PAIR : [];
  const files = [
    ...named.map((name) => `${name}_FILE`),
    ...(pair.length > 0 ? [CREDENTIALS_FILE] : []),
  ];
  return {
    values: new Map(),
    missing: [...named, ...pair],
    faults: files.map((name) => `${name}: the file was not read`),
  };
}

/** Reads all secret files named in `env`. */
export async function readSecretFiles(
  env: Env,
  readText: ReadText = readSmallFile,
): Promise<SecretTexts> {
  const named = SECRET_NAMES.filter((name) => isSet(env, `${name}_FILE`));
  const readings = await Promise.all([
    ...named.map((name) => readSecret(env, name, readText)),
    ...(isSet(env, CREDENTIALS_FILE) ? [readProfile(env, readText)] : []),
  ]);
  return {
    values: new Map(readings.flatMap((reading) => reading.values)),
    missing: readings.flatMap((reading) => reading.missing),
    faults: readings.flatMap((reading) => reading.faults),
  };
}

interface Reading {
  readonly values: readonly (readonly [SecretName, SecretText])[];
  readonly missing: readonly SecretName[];
  readonly faults: readonly string[];
}

async function readSecret(env: Env, name: SecretName, readText: ReadText): Promise<Reading> {
  const source = `${name}_FILE`;
  if (isSetInAnyCase(env, name)) return failed([name], `${name}, ${source}: set only one of them`);
  try {
    const text = withoutLineEnd(await readText(env[source] ?? ''));
    if (text === '') return failed([name], `${source}: the file is empty`);
    return { values: [[name, { text, source }]], missing: [], faults: [] };
  } catch (error) {
    return failed([name], `${source}: ${reasonOf(error)}`);
  }
}

const CREDENTIALS_FILE = 'JDCLOUD_CREDENTIALS_FILE';
const KEY_PAIR = ['JDCLOUD_ACCESS_KEY_ID', 'JDCLOUD_SECRET_ACCESS_KEY'] as const;

/** Reads the key pair of a profile from the credentials file of the cloud's CLI. */
async function readProfile(env: Env, readText: ReadText): Promise<Reading> {
  const others = KEY_PAIR.filter((name) => isSet(env, name) || isSet(env, `${name}_FILE`));
  if (others.length > 0) {
    return failed(KEY_PAIR, `${CREDENTIALS_FILE}: set only this, or ${KEY_PAIR.join(' and ')}`);
  }
  try {
    const name = env['JDCLOUD_PROFILE']?.trim() || 'default';
    const profile = profileOf(await readText(env[CREDENTIALS_FILE] ?? ''), name);
    if (profile === undefined) {
      return failed(
        KEY_PAIR,
        `${CREDENTIALS_FILE}: no profile has the name in JDCLOUD_PROFILE (default if unset)`,
      );
    }
    const texts = [profile.accessKey, profile.secretKey];
    if (texts.includes('')) {
      return failed(KEY_PAIR, `${CREDENTIALS_FILE}: the profile needs access_key and secret_key`);
    }
    return {
      values: KEY_PAIR.map((name, index) => [
        name,
        { text: texts[index] ?? '', source: CREDENTIALS_FILE },
      ]),
      missing: [],
      faults: [],
    };
  } catch (error) {
    return failed(KEY_PAIR, `${CREDENTIALS_FILE}: ${reasonOf(error)}`);
  }
}

function failed(missing: readonly SecretName[], fault: string): Reading {
  return { values: [], missing, faults: [fault] };
}

/** Larger than any secret; a larger file was named by mistake. */
const MAX_BYTES = 64 * 1024;

/**
 * Reads a small regular file, following links. Opened non-blocking so that a FIFO without a writer
 * does not block startup.
 * @throws FileFault
 */
export async function readSmallFile(path: string): Promise<string> {
  const file = await openFile(path);
  try {
    if (!(await file.stat()).isFile()) throw new FileFault('expected a regular file');
    const bytes = await readUpTo(file, MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) throw new FileFault('the file is larger than 64 KiB');
    return UTF_8.decode(bytes);
  } catch (error) {
    throw error instanceof FileFault ? error : new FileFault(reasonOf(error), { cause: error });
  } finally {
    await file.close().catch(() => undefined);
  }
}

/** Strips a byte order mark, which Windows editors add. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new FileFault(reasonOf(error), { cause: error });
  }
}

/** Reads up to `limit` bytes: the reported size of virtual files is unreliable. */
async function readUpTo(file: FileHandle, limit: number): Promise<Buffer> {
  const buffer = Buffer.alloc(limit);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, limit - length);
    length += bytesRead;
    if (bytesRead === 0 || length === limit) return buffer.subarray(0, length);
  }
}

/** Strips the single line ending that editors and `echo` add. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function reasonOf(error: unknown): string {
  if (error instanceof FileFault) return error.message;
  const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
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

function isSet(env: Env, name: string): boolean {
  return env[name] !== undefined && env[name] !== '';
}

/** Proxy variables are also read in lower case. */
function isSetInAnyCase(env: Env, name: SecretName): boolean {
  return isSet(env, name) || (name.endsWith('_PROXY') && isSet(env, name.toLowerCase()));
}
