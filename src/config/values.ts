import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { z } from 'zod';
import { isLoopback } from './host-scope.js';
import { parseRedisUrl } from './redis-address.js';
import { Secret } from './secret.js';

// Value types of settings. Faults state what is expected and never repeat the value.

/** A non-negative integer in plain decimal digits. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d{1,10}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `expected an integer from ${min} to ${max}`,
    })
    .transform(Number);

/** An address to listen on; brackets as in URLs are removed. */
export const listenAddress = z
  .string()
  .transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
  .refine((text) => isIP(text) !== 0 || /^[\w.-]{1,253}$/.test(text), {
    error:
      'expected an IP address or host name without a port; 0.0.0.0 and :: stand for all addresses',
  });

/** Whole seconds, in milliseconds. */
export const seconds = (min: number, max: number) =>
  wholeNumber(min, max).transform((value) => value * 1000);

export const utcOffset = z.string().regex(/^[+-](0\d|1[0-4]):[0-5]\d$/, {
  error: 'expected a UTC offset, for example +08:00',
});

/** Where audit records are written: standard output, or appended to a file. */
export const audit = z.string().transform((text) => ({
  log: text === 'stdout' ? ({ kind: 'stdout' } as const) : ({ kind: 'file', path: text } as const),
}));

const MAX_LINK_REUSE = 0.9;

export const partOfLife = z
  .string()
  .refine((text) => /^\d(\.\d{1,6})?$/.test(text) && Number(text) <= MAX_LINK_REUSE, {
    error: `expected a decimal number from 0 to ${MAX_LINK_REUSE}`,
  })
  .transform(Number);

export const oneOf = <const Names extends readonly [string, ...string[]]>(...names: Names) =>
  z.enum(names, { error: `expected one of ${names.join(', ')}` });

export const flag = oneOf('true', 'false').transform((text) => text === 'true');

/** Often set for a whole cluster; case-insensitive, and accepts `warning` for `warn`. */
export const logLevel = z
  .string()
  .transform((text) => text.toLowerCase().replace(/^warning$/, 'warn'))
  .pipe(oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'));

export const origin = z
  .string()
  .refine(isOrigin, { error: 'expected scheme, host and port only, for example https://host:443' })
  .transform((text) => new URL(text).origin);

export const baseUrl = z
  .string()
  .refine(isBaseUrl, { error: 'expected an http or https URL without query or credentials' })
  .transform((text) => text.replace(/(?<!\/)\/+$/, ''));

export const jwksAddress = z.string().refine(isJwksAddress, {
  error: 'expected an https URL without credentials; http is allowed on loopback only',
});

/** RFC 7518, section 3.2: an HS256 key has at least as many bits as the hash. */
export const tokenSecret = z
  .string()
  .refine((text) => Buffer.byteLength(text.trim()) >= 32, { error: 'expected at least 32 bytes' })
  .refine((text) => text === text.trim(), { error: 'expected no leading or trailing whitespace' })
  .transform((text) => new Secret(text));

/** One or more comma-separated values; surrounding whitespace is ignored. */
const listOf = (isValid: (value: string) => boolean, error: string) =>
  z
    .string()
    .transform((text): readonly string[] => text.split(',').map((value) => value.trim()))
    .refine((values) => values.every(isValid), { error });

export const valueList = listOf(isNotEmpty, 'expected one or more comma-separated values');

export const claimName = z
  .string()
  .refine((text) => isNotEmpty(text.trim()) && !text.includes(','), {
    error: 'expected a single claim name',
  })
  .transform((text) => text.trim());

/** One or more comma-separated `name=value` pairs. */
export const claimValues = valueList
  .transform((pairs): readonly { readonly name: string; readonly value: string }[] =>
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return { name: name.trim(), value: value.join('=').trim() };
    }),
  )
  .refine((pairs) => pairs.every(({ name, value }) => isNotEmpty(name) && isNotEmpty(value)), {
    error: 'expected one or more comma-separated claim=value pairs, for example token_use=access',
  });

/** RFC 7515, section 4.1.9: a media type; without a slash, `application/` is implied. */
export const mediaType = z.string().regex(/^[\w!#$&^.+-]+(\/[\w!#$&^.+-]+)?$/, {
  error: 'expected a media type, for example at+jwt',
});

export const instant = z.iso
  .datetime({
    offset: true,
    error: 'expected a time with a time zone, for example 2026-01-31T12:00:00Z',
  })
  .transform((text) => new Date(text));

/** A trailing line ending from a file would break every signature and header. */
const secretText = z.string().regex(/^[!-~](?:[ -~]*[!-~])?$/, {
  error: 'expected printable ASCII without leading or trailing whitespace',
  abort: true,
});

export const secret = secretText.transform((text) => new Secret(text));

/** A secret chosen by the operator; a short one could be guessed. */
export const ownSecret = secretText
  .min(16, { error: 'expected at least 16 characters' })
  .transform((text) => new Secret(text));

export const proxyAddress = z
  .string()
  .transform((text) => (text.includes('://') ? text : `http://${text}`))
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'expected an http or https proxy URL, for example http://proxy:3128',
  })
  .transform((text) => new Secret(text));

/** Generates a secret of `bytes` random bytes at each start. */
export const generated = (bytes: number) => () => new Secret(randomBytes(bytes).toString('hex'));

export const redisUrl = z
  .string()
  .refine((text) => parseRedisUrl(text) !== undefined, {
    error:
      'expected a Redis URL, for example redis://:password@host:6379/0, with the number of the database, or nothing, after the host; encode @ : / ? # % in a password',
  })
  .transform((text) => new Secret(text));

export const cacheKeys = listOf(
  isAesKey,
  'expected one or more comma-separated keys, each 32 bytes in base64',
).transform(([first = '', ...others]): readonly [Secret, ...Secret[]] => [
  // Destructured, so that the type guarantees one.
  new Secret(first),
  ...others.map((key) => new Secret(key)),
]);

/**
 * Comma-separated origins as browsers send them (RFC 6454, section 6.2); `*` and `null` are not
 * allowed.
 */
export const pageOrigins = listOf(
  isPageOrigin,
  'expected comma-separated origins without a path, for example https://app.example',
).transform((parts): readonly string[] => parts.map((part) => new URL(part).origin));

const GROUPS = ['loopback', 'private', 'all'];

/** Comma-separated group names, addresses and networks. */
export const readers = listOf(
  (reader) => GROUPS.includes(reader) || isNetwork(reader),
  `expected ${GROUPS.join(', ')}, addresses or networks (10.0.0.0/8), comma-separated`,
);

export const accessKeyId = z
  .string()
  .regex(/^[\w-]{1,128}$/, { error: 'expected letters, digits, hyphens and underscores' });

/** Printable ASCII without a slash, which ends the key ID in a signature's credential scope. */
export const storeKeyId = z
  .string()
  .regex(/^[!-.0-~]{1,256}$/, { error: 'expected printable ASCII without spaces or slashes' });

export const awsRegion = z
  .string()
  .regex(/^[\w-]{1,64}$/, { error: 'expected a region name, for example us-east-1' });

const BUCKET = /^s3:\/\/([^/]*)(?:\/(.*))?$/s;
const BUCKET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

/** `s3://<bucket>/<prefix>`. A prefix matches whole segments: `own` does not match `own2`. */
export const bucketAddress = z
  .string()
  .refine((text) => !text.startsWith('s3://') || BUCKET_NAME.test(BUCKET.exec(text)?.[1] ?? ''), {
    error:
      'expected a bucket name of 3 to 255 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends',
    abort: true,
  })
  .refine(isBucketAddress, {
    error:
      'expected s3://<bucket> or s3://<bucket>/<prefix>, without empty, `.` or `..` segments in the prefix',
  })
  .transform((text) => {
    const [, bucket = '', path = ''] = BUCKET.exec(text) ?? [];
    const prefix = path.replace(/\/$/, '');
    return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
  });

function isBucketAddress(text: string): boolean {
  const [address, , path = ''] = BUCKET.exec(text) ?? [];
  if (address === undefined || /\p{Cc}/u.test(text)) return false;
  const segments = path.replace(/\/$/, '').split('/');
  return path === '' || !segments.some((segment) => ['', '.', '..'].includes(segment));
}

function isOrigin(text: string): boolean {
  if (!isBaseUrl(text)) return false;
  const { pathname } = new URL(text);
  return pathname === '/';
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return (
    /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '')
  );
}

function isPageOrigin(text: string): boolean {
  return /^https?:\/\/[^/?#@*\\]+$/i.test(text) && URL.canParse(text);
}

/** An address with an optional prefix length. */
function isNetwork(text: string): boolean {
  const [, address = '', prefix = '0'] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(prefix) <= (version === 6 ? 128 : 32);
}

function isNotEmpty(text: string): boolean {
  return text !== '';
}

function isAesKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text);
}

function isJwksAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
  return isSafe && username === '' && password === '';
}
