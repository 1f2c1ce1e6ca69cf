import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Env } from '../../config/env.js';
import { usageError } from '../cli-error.js';

/** Where the token of the caller comes from. */
export interface TokenSource {
  /** null where none is given. @throws CliError where it cannot be read or used */
  current(): Promise<string | null>;
  /** Reads it again after it was refused. Whether there is another one now. @throws CliError */
  renew(): Promise<boolean>;
}

/** A token is at most this many bytes: more is another file. */
const MAX_BYTES = 64 * 1024;

/** The token of `--token-file`, else of BACKUPS_TOKEN_FILE, else BACKUPS_TOKEN. */
export function createTokenSource(
  option: string | undefined,
  { env, cwd }: { readonly env: Env; readonly cwd: string },
): TokenSource {
  const file = option ?? nonEmpty(env['BACKUPS_TOKEN_FILE']);
  if (file === undefined) return fixed(env['BACKUPS_TOKEN']);
  const name = option === undefined ? 'BACKUPS_TOKEN_FILE' : '--token-file';
  const path = resolve(cwd, file);
  let token: string | undefined;
  return {
    current: async () => (token ??= await readToken(name, path)),
    async renew() {
      // A pipe can be read only once.
      const isFile = (await stat(path).catch(() => undefined))?.isFile() ?? false;
      const former = token;
      if (isFile) token = await readToken(name, path);
      return token !== former;
    },
  };
}

function fixed(variable: string | undefined): TokenSource {
  const text = nonEmpty(variable);
  return {
    current: () => Promise.resolve(text === undefined ? null : toToken('BACKUPS_TOKEN', text)),
    renew: () => Promise.resolve(false),
  };
}

async function readToken(name: string, path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch {
    throw usageError(`${name} cannot be read: give a readable file that contains the token.`);
  }
  if (bytes.length > MAX_BYTES) throw usageError(`${name} is too large for a token.`);
  return toToken(name, bytes.toString());
}

const claimsSchema = z.object({ exp: z.number().optional(), nbf: z.number().optional() });

/**
 * Why a token is rejected, where its times (RFC 7519, section 4.1) say it: they are read, not verified.
 * @param now milliseconds since 1970
 * @returns null where it is not about time, or not a JWT
 */
export function timeFaultOf(token: string, now: number): string | null {
  const { exp, nbf } = claimsOf(token);
  const here = `it is ${new Date(now).toISOString()} on this machine`;
  if (exp !== undefined && exp * 1000 <= now) {
    return `The token expired at ${momentOf(exp)} (${here}): get a new one.`;
  }
  if (nbf !== undefined && nbf * 1000 > now) {
    return `The token is not valid before ${momentOf(nbf)} (${here}): check the clocks, or wait.`;
  }
  return null;
}

function claimsOf(token: string): z.infer<typeof claimsSchema> {
  try {
    const [, payload = ''] = token.split('.');
    return claimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  } catch {
    return {};
  }
}

function momentOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}

/** Checked here: a message about a header that cannot be sent would show it. */
function toToken(name: string, text: string): string {
  const token = text
    .replace(/^\ufeff/, '')
    .trim()
    .replace(/^Bearer\s+/i, '');
  if (token === '') throw usageError(`${name} is empty: it must contain the token.`);
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw usageError(`${name} contains no token: expected one line of visible ASCII characters.`);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}
