import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { z } from 'zod';
import { Secret } from './secret.js';

// The kinds of values settings may have. Faults say what is expected and never repeat the value.

/** Whole number written in plain decimal digits. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d{1,10}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `expected a whole number from ${min} to ${max}`,
    })
    .transform(Number);

const MAX_LINK_REUSE = 0.9;

export const partOfLife = z
  .string()
  .refine((text) => /^\d(\.\d{1,6})?$/.test(text) && Number(text) <= MAX_LINK_REUSE, {
    error: `expected a decimal from 0 to ${MAX_LINK_REUSE}`,
  })
  .transform(Number);

export const oneOf = <const Names extends readonly [string, ...string[]]>(...names: Names) =>
  z.enum(names, { error: `expected one of ${names.join(', ')}` });

/** Set for whole clusters as well, in any case, and with the word other languages have for `warn`. */
export const logLevel = z
  .string()
  .transform((text) => text.toLowerCase().replace(/^warning$/, 'warn'))
  .pipe(oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'));

export const origin = z
  .string()
  .refine(isOrigin, { error: 'expected scheme, host and port only, as https://host:443' })
  .transform((text) => new URL(text).origin);

export const baseUrl = z
  .string()
  .refine(isBaseUrl, { error: 'expected an http or https address without query and credentials' })
  .transform((text) => text.replace(/\/+$/, ''));

export const jwksAddress = z.string().refine(isJwksAddress, {
  error: 'expected an https address without credentials; http only on loopback',
});

/** RFC 7518, section 3.2: a key of HS256 has at least as many bits as its hash. */
export const tokenSecret = z
  .string()
  .refine((text) => Buffer.byteLength(text.trim()) >= 32, { error: 'expected at least 32 bytes' })
  .refine((text) => text === text.trim(), { error: 'expected no white space at its ends' })
  .transform((text) => new Secret(text));

/** One value, or several with commas between them; white space around them is not part of them. */
export const valueList = z
  .string()
  .transform((text): readonly string[] => text.split(',').map((value) => value.trim()))
  .refine((values) => values.every(isNotEmpty), {
    error: 'expected a value, or several with commas between them',
  });

export const claimName = z
  .string()
  .refine((text) => isNotEmpty(text.trim()) && !text.includes(','), {
    error: 'expected the name of one claim',
  })
  .transform((text) => text.trim());

/** `name=value`, or several with commas between them. */
export const claimValues = valueList
  .transform((pairs): readonly { readonly name: string; readonly value: string }[] =>
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return { name: name.trim(), value: value.join('=').trim() };
    }),
  )
  .refine((pairs) => pairs.every(({ name, value }) => isNotEmpty(name) && isNotEmpty(value)), {
    error:
      'expected a claim and its value, as token_use=access, or several with commas between them',
  });

/** RFC 7515, section 4.1.9: a media type; one without a slash is below `application/`. */
export const mediaType = z
  .string()
  .regex(/^[\w!#$&^.+-]+(\/[\w!#$&^.+-]+)?$/, { error: 'expected a media type, as at+jwt' });

export const instant = z.iso
  .datetime({ offset: true, error: 'expected a time with a zone, as 2026-01-31T12:00:00Z' })
  .transform((text) => new Date(text));

/** A line end that came along from a file would spoil each signature, and each header. */
const secretText = z.string().regex(/^[!-~](?:[ -~]*[!-~])?$/, {
  error: 'expected printable ASCII without white space at its ends',
  abort: true,
});

export const secret = secretText.transform((text) => new Secret(text));

/** A secret that is made up here, by nobody's rules: too short, it could be found by trying. */
export const ownSecret = secretText
  .min(16, { error: 'expected at least 16 characters' })
  .transform((text) => new Secret(text));

export const proxyAddress = z
  .string()
  .transform((text) => (text.includes('://') ? text : `http://${text}`))
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'expected an http or https address of a proxy, as http://proxy:3128',
  })
  .transform((text) => new Secret(text));

/** A secret of so many random bytes, made anew at each start. */
export const generated = (bytes: number) => () => new Secret(randomBytes(bytes).toString('hex'));

export const redisUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol), {
    error: 'expected the address of a Redis, as redis://:password@host:6379/0',
  })
  .transform((text) => new Secret(text));

/** The first key is needed by name, so that there is one. */
export const cacheKeys = z
  .string()
  .transform((text) => text.split(',').map((key) => key.trim()))
  .refine((keys) => keys.every(isAesKey), {
    error: 'expected 32 bytes in base64, or several such keys with commas between them',
  })
  .transform(([first = '', ...others]): readonly [Secret, ...Secret[]] => [
    new Secret(first),
    ...others.map((key) => new Secret(key)),
  ]);

/** Origins as browsers write them (RFC 6454, section 6.2), with commas between them; `*` and `null` are none. */
export const pageOrigins = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((parts) => parts.every(isPageOrigin), {
    error:
      'expected exact origins without a path, as https://app.example, with commas between them',
  })
  .transform((parts): readonly string[] => parts.map((part) => new URL(part).origin));

const GROUPS = ['loopback', 'private', 'all'];

/** Who may read something: names of groups, addresses and networks, with commas between them. */
export const readers = z
  .string()
  .transform((text): readonly string[] => text.split(',').map((reader) => reader.trim()))
  .refine((list) => list.every((reader) => GROUPS.includes(reader) || isNetwork(reader)), {
    error: `expected ${GROUPS.join(', ')}, addresses or networks as 10.0.0.0/8, with commas between them`,
  });

export const accessKeyId = z
  .string()
  .regex(/^[\w-]{1,128}$/, { error: 'expected letters, digits, hyphens and underscores' });

/** Letters, digits and the punctuation stores use; a slash would end it in a signature's scope. */
export const storeKeyId = z
  .string()
  .regex(/^[!-.0-~]{1,256}$/, { error: 'expected printable ASCII without spaces and slashes' });

export const awsRegion = z
  .string()
  .regex(/^[\w-]{1,64}$/, { error: 'expected the name of a region, as us-east-1' });

const BUCKET = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9])(?:\/(.*))?$/s;

/** `s3://<bucket>/<prefix>`. A prefix is one of whole segments: `own` does not mean `own2`. */
export const bucketAddress = z
  .string()
  .refine(isBucketAddress, {
    error:
      'expected s3://<bucket> or s3://<bucket>/<prefix>, without empty, `.` and `..` segments in the prefix',
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

/** An address, alone or with the length of a prefix. */
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
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback);
  return isSafe && username === '' && password === '';
}
