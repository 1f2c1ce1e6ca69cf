import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { contradictions } from './contradictions.js';
import type { Env } from './env.js';
import { Secret } from './secret.js';
import { toTracing, tracingSettings, type TracingConfig } from './tracing.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly securityToken?: Secret;
  /** When temporary credentials die, where the owner told. */
  readonly expiresAt?: Date;
}

export interface EmbeddedConfig {
  readonly kind: 'embedded';
  readonly dir: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly credentials: Credentials;
  readonly linkSecret: Secret;
  /** Bases of the links; absent means the address the server really listens on. */
  readonly publicUrl?: string;
  readonly internalUrl?: string;
}

export interface CloudConfig {
  readonly kind: 'jdcloud';
  /** Origin: scheme, host, port. */
  readonly endpoint: string;
  readonly credentials: Credentials;
  /** Absent: no proxy is set. */
  readonly proxy?: ProxyConfig;
}

/** Proxies by the scheme of the address called. Their addresses may hold a password. */
export interface ProxyConfig {
  readonly http?: Secret;
  readonly https?: Secret;
  /** Hosts called directly, as NO_PROXY lists them. */
  readonly no?: string;
}

export interface UpstreamConfig {
  readonly source: EmbeddedConfig | CloudConfig;
  readonly downloadUrlPath: 'auto' | 'resource' | 'action';
  /** Offset of upstream times without a zone, as `+08:00`. */
  readonly timeZone: string;
  /** Deadline of one operation over all attempts, waits and the queue. */
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly maxRetries: number;
  readonly maxConcurrency: number;
  readonly maxPerMinute: number;
}

/** How requests are told to come from whom. */
export type AuthConfig =
  | {
      readonly kind: 'none';
      /** Whether clients on other machines are served too. */
      readonly allowAnonymous: boolean;
    }
  | {
      readonly kind: 'jwt';
      /** What the signatures of tokens are checked with. */
      readonly keys:
        | { readonly kind: 'jwks'; readonly url: string }
        | { readonly kind: 'secret'; readonly secret: Secret };
      readonly issuer: string;
      readonly audience: string;
    };

export interface AuditConfig {
  /** Where records go: standard output, or a file they are appended to. */
  readonly log: { readonly kind: 'stdout' } | { readonly kind: 'file'; readonly path: string };
}

/** What one query may ask for. Each is checked before anything is asked of the upstream. */
export interface QueryLimits {
  /** Bytes of the HTTP body. */
  readonly bodyBytes: number;
  /** Lexical tokens of the document. */
  readonly tokens: number;
  /** Fields and fragments selected, counted wherever a fragment is spread. */
  readonly selections: number;
  /** Levels of fields. */
  readonly depth: number;
  /** Fields with an alias, counted wherever a fragment is spread. */
  readonly aliases: number;
  /** In the points of the cost rule. */
  readonly cost: number;
  /** Representations of all `_entities` fields together. */
  readonly entities: number;
  /** Distinct links. */
  readonly links: number;
  /** Calls to the upstream that one operation may really make, whatever it was estimated at. */
  readonly upstreamCalls: number;
}

/** What several processes share. */
export interface RedisConfig {
  /** May hold a password. */
  readonly url: Secret;
  /** 32 bytes each, in base64: the first encrypts, all decrypt. */
  readonly cacheKeys: readonly [Secret, ...Secret[]];
}

/** Times of connections and of the stop, in milliseconds. */
export interface HttpConfig {
  /** How long an idle connection is kept; longer than the balancer in front keeps it. */
  readonly keepAliveMs: number;
  /** A request must have arrived whole by then. */
  readonly requestTimeoutMs: number;
  /** From readiness being off to the end of accepting connections. */
  readonly drainDelayMs: number;
  /** What requests in flight then have to finish. */
  readonly shutdownGraceMs: number;
}

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly http: HttpConfig;
  readonly auth: AuthConfig;
  readonly audit: AuditConfig;
  /** How many proxies in front of the server tell the truth about the address of their client. */
  readonly trustedProxies: number;
  readonly upstream: UpstreamConfig;
  readonly mySqlLinkExpiry: 'fixed' | 'settable';
  /** The part of a link's life in which it is handed out again to its caller; 0 is never. */
  readonly linkReuse: number;
  /** Absent: this process shares nothing. */
  readonly redis?: RedisConfig;
  readonly queryLimits: QueryLimits;
  /** Whether callers may look the schema up: introspection, suggestions, the query editor. */
  readonly introspection: boolean;
  /** A file of operations; only these run. */
  readonly persistedOperations?: string;
  /** Absent: nothing is traced. */
  readonly tracing?: TracingConfig;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

/** Every fault of the settings, by name. Values are not repeated: one of them may be a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(`The settings are not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

/** Whole number written in plain decimal digits. */
const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d{1,10}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `expected a whole number from ${min} to ${max}`,
    })
    .transform(Number);

const MAX_LINK_REUSE = 0.9;

const partOfLife = z
  .string()
  .refine((text) => /^\d(\.\d{1,6})?$/.test(text) && Number(text) <= MAX_LINK_REUSE, {
    error: `expected a decimal from 0 to ${MAX_LINK_REUSE}`,
  })
  .transform(Number);

const oneOf = <const Names extends readonly [string, ...string[]]>(...names: Names) =>
  z.enum(names, { error: `expected one of ${names.join(', ')}` });

const origin = z
  .string()
  .refine(isOrigin, { error: 'expected scheme, host and port only, as https://host:443' })
  .transform((text) => new URL(text).origin);

const baseUrl = z
  .string()
  .refine(isBaseUrl, { error: 'expected an http or https address without query and credentials' })
  .transform((text) => text.replace(/\/+$/, ''));

const jwksAddress = z.string().refine(isJwksAddress, {
  error: 'expected an https address without credentials; http only on loopback',
});

/** RFC 7518, section 3.2: a key of HS256 has at least as many bits as its hash. */
const tokenSecret = z
  .string()
  .refine((text) => Buffer.byteLength(text) >= 32, { error: 'expected at least 32 bytes' })
  .transform((text) => new Secret(text));

const instant = z.iso
  .datetime({ offset: true, error: 'expected a time with a zone, as 2026-01-31T12:00:00Z' })
  .transform((text) => new Date(text));

const secret = z.string().transform((text) => new Secret(text));
const proxyAddress = z
  .string()
  .transform((text) => (text.includes('://') ? text : `http://${text}`))
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'expected an http or https address of a proxy, as http://proxy:3128',
  })
  .transform((text) => new Secret(text));
const generated = (bytes: number) => () => new Secret(randomBytes(bytes).toString('hex'));

const redisUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol), {
    error: 'expected the address of a Redis, as redis://:password@host:6379/0',
  })
  .transform((text) => new Secret(text));

/** The first key is needed by name, so that there is one. */
const cacheKeys = z
  .string()
  .transform((text) => text.split(',').map((key) => key.trim()))
  .refine((keys) => keys.every(isAesKey), {
    error: 'expected 32 bytes in base64, or several such keys with commas between them',
  })
  .transform(([first = '', ...others]): RedisConfig['cacheKeys'] => [
    new Secret(first),
    ...others.map((key) => new Secret(key)),
  ]);

const accessKeyId = z
  .string()
  .regex(/^[\w-]{1,128}$/, { error: 'expected letters, digits, hyphens and underscores' });

const settings = z.object({
  PORT: wholeNumber(0, 65_535).default(4000),
  HOST: z.string().default('127.0.0.1'),
  KEEP_ALIVE_TIMEOUT_MS: wholeNumber(1, 3_600_000).default(65_000),
  REQUEST_TIMEOUT_MS: wholeNumber(1, 600_000).default(30_000),
  DRAIN_DELAY_MS: wholeNumber(0, 600_000).default(0),
  SHUTDOWN_GRACE_MS: wholeNumber(0, 600_000).default(10_000),
  UPSTREAM: oneOf('embedded', 'jdcloud').default('embedded'),
  JDCLOUD_ENDPOINT: origin.default('https://rds.jdcloud-api.com'),
  JDCLOUD_ACCESS_KEY_ID: accessKeyId.optional(),
  JDCLOUD_SECRET_ACCESS_KEY: secret.optional(),
  JDCLOUD_SECURITY_TOKEN: secret.optional(),
  JDCLOUD_SECURITY_TOKEN_EXPIRES_AT: instant.optional(),
  JDCLOUD_DOWNLOAD_URL_PATH: oneOf('auto', 'resource', 'action').default('auto'),
  MYSQL_LINK_EXPIRY: oneOf('fixed', 'settable').default('fixed'),
  UPSTREAM_TIME_ZONE: z
    .string()
    .regex(/^[+-](0\d|1[0-4]):[0-5]\d$/, { error: 'expected an offset, as +08:00' })
    .default('+08:00'),
  UPSTREAM_TIMEOUT_MS: wholeNumber(1, 600_000).default(10_000),
  UPSTREAM_ATTEMPT_TIMEOUT_MS: wholeNumber(1, 600_000).default(4000),
  UPSTREAM_MAX_RETRIES: wholeNumber(0, 10).default(2),
  UPSTREAM_MAX_CONCURRENCY: wholeNumber(1, 1000).default(32),
  UPSTREAM_MAX_PER_MINUTE: wholeNumber(1, 1_000_000).default(1000),
  LINK_REUSE: partOfLife.default(0.1),
  REDIS_URL: redisUrl.optional(),
  CACHE_KEY: cacheKeys.optional(),
  MAX_BODY_BYTES: wholeNumber(1024, 16_777_216).default(524_288),
  MAX_QUERY_TOKENS: wholeNumber(1, 100_000).default(2000),
  MAX_QUERY_SELECTIONS: wholeNumber(1, 100_000).default(1000),
  MAX_QUERY_DEPTH: wholeNumber(1, 100).default(15),
  MAX_QUERY_ALIASES: wholeNumber(0, 10_000).default(45),
  MAX_QUERY_COST: wholeNumber(1, 1_000_000_000).default(5000),
  MAX_ENTITIES: wholeNumber(1, 10_000).default(500),
  MAX_LINKS_PER_OPERATION: wholeNumber(1, 10_000).default(100),
  MAX_UPSTREAM_CALLS_PER_OPERATION: wholeNumber(1, 100_000).default(300),
  NODE_ENV: z.string().optional(),
  INTROSPECTION: oneOf('true', 'false').optional(),
  PERSISTED_OPERATIONS: z.string().optional(),
  EMBEDDED_DIR: z.string().default('./data'),
  EMBEDDED_PORT: wholeNumber(0, 65_535).default(4001),
  EMBEDDED_ACCESS_KEY_ID: accessKeyId.default(() => `EMBEDDED${randomBytes(6).toString('hex')}`),
  EMBEDDED_SECRET_ACCESS_KEY: secret.default(generated(32)),
  EMBEDDED_LINK_SECRET: secret.default(generated(32)),
  EMBEDDED_PUBLIC_URL: baseUrl.optional(),
  EMBEDDED_INTERNAL_URL: baseUrl.optional(),
  HTTP_PROXY: proxyAddress.optional(),
  HTTPS_PROXY: proxyAddress.optional(),
  NO_PROXY: z.string().optional(),
  AUTH: oneOf('none', 'jwt').default('none'),
  AUTH_JWKS_URL: jwksAddress.optional(),
  AUTH_JWT_SECRET: tokenSecret.optional(),
  AUTH_ISSUER: z.string().optional(),
  AUTH_AUDIENCE: z.string().optional(),
  ALLOW_ANONYMOUS: oneOf('true', 'false').default('false'),
  TRUSTED_PROXIES: wholeNumber(0, 32).default(0),
  AUDIT_LOG: z.string().default('stdout'),
  ...tracingSettings,
  LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
});

type Settings = z.output<typeof settings>;

/**
 * Reads the settings. Pure but for the generated secrets of the embedded upstream.
 * @throws ConfigError with every fault at once
 */
export function toConfig(env: Env): Config {
  const set: Env = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const given = withProxyNames(set);
  const parsed = settings.safeParse(given);
  const faults = [
    ...(parsed.success ? timeoutFaults(parsed.data) : faultsOf(parsed.error)),
    ...contradictions(given),
  ];
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const s = parsed.data;
  const tracing = toTracing(s);
  return {
    host: s.HOST,
    port: s.PORT,
    http: {
      keepAliveMs: s.KEEP_ALIVE_TIMEOUT_MS,
      requestTimeoutMs: s.REQUEST_TIMEOUT_MS,
      drainDelayMs: s.DRAIN_DELAY_MS,
      shutdownGraceMs: s.SHUTDOWN_GRACE_MS,
    },
    auth: toAuth(s),
    audit: {
      log: s.AUDIT_LOG === 'stdout' ? { kind: 'stdout' } : { kind: 'file', path: s.AUDIT_LOG },
    },
    trustedProxies: s.TRUSTED_PROXIES,
    upstream: {
      source: s.UPSTREAM === 'embedded' ? toEmbedded(s) : toCloud(s),
      downloadUrlPath: s.JDCLOUD_DOWNLOAD_URL_PATH,
      timeZone: s.UPSTREAM_TIME_ZONE,
      timeoutMs: s.UPSTREAM_TIMEOUT_MS,
      attemptTimeoutMs: s.UPSTREAM_ATTEMPT_TIMEOUT_MS,
      maxRetries: s.UPSTREAM_MAX_RETRIES,
      maxConcurrency: s.UPSTREAM_MAX_CONCURRENCY,
      maxPerMinute: s.UPSTREAM_MAX_PER_MINUTE,
    },
    mySqlLinkExpiry: s.MYSQL_LINK_EXPIRY,
    linkReuse: s.LINK_REUSE,
    ...(s.REDIS_URL && s.CACHE_KEY && { redis: { url: s.REDIS_URL, cacheKeys: s.CACHE_KEY } }),
    queryLimits: toQueryLimits(s),
    introspection: s.INTROSPECTION ? s.INTROSPECTION === 'true' : s.NODE_ENV !== 'production',
    ...(s.PERSISTED_OPERATIONS !== undefined && { persistedOperations: s.PERSISTED_OPERATIONS }),
    ...(tracing && { tracing }),
    logLevel: s.LOG_LEVEL,
  };
}

function toQueryLimits(s: Settings): QueryLimits {
  return {
    bodyBytes: s.MAX_BODY_BYTES,
    tokens: s.MAX_QUERY_TOKENS,
    selections: s.MAX_QUERY_SELECTIONS,
    depth: s.MAX_QUERY_DEPTH,
    aliases: s.MAX_QUERY_ALIASES,
    cost: s.MAX_QUERY_COST,
    entities: s.MAX_ENTITIES,
    links: s.MAX_LINKS_PER_OPERATION,
    upstreamCalls: s.MAX_UPSTREAM_CALLS_PER_OPERATION,
  };
}

/**
 * Proxy variables are read in both cases; lower case wins, as it does in curl. The embedded upstream is
 * never called through a proxy, so there they are not looked at.
 */
function withProxyNames(env: Env): Env {
  const isCloud = env['UPSTREAM'] === 'jdcloud';
  const proxy = (upper: string, lower: string) =>
    isCloud ? (env[lower] ?? env[upper]) : undefined;
  return {
    ...env,
    HTTP_PROXY: proxy('HTTP_PROXY', 'http_proxy'),
    HTTPS_PROXY: proxy('HTTPS_PROXY', 'https_proxy'),
    NO_PROXY: proxy('NO_PROXY', 'no_proxy'),
  };
}

function toAuth(s: Settings): AuthConfig {
  if (s.AUTH === 'none') return { kind: 'none', allowAnonymous: s.ALLOW_ANONYMOUS === 'true' };
  const { AUTH_JWKS_URL: url, AUTH_JWT_SECRET: tokenKey } = s;
  return {
    kind: 'jwt',
    keys:
      url !== undefined
        ? { kind: 'jwks', url }
        : { kind: 'secret', secret: tokenKey ?? new Secret('') },
    issuer: s.AUTH_ISSUER ?? '',
    audience: s.AUTH_AUDIENCE ?? '',
  };
}

function toEmbedded(s: Settings): EmbeddedConfig {
  return {
    kind: 'embedded',
    dir: s.EMBEDDED_DIR,
    port: s.EMBEDDED_PORT,
    credentials: {
      accessKeyId: s.EMBEDDED_ACCESS_KEY_ID,
      secretAccessKey: s.EMBEDDED_SECRET_ACCESS_KEY,
    },
    linkSecret: s.EMBEDDED_LINK_SECRET,
    ...(s.EMBEDDED_PUBLIC_URL !== undefined && { publicUrl: s.EMBEDDED_PUBLIC_URL }),
    ...(s.EMBEDDED_INTERNAL_URL !== undefined && { internalUrl: s.EMBEDDED_INTERNAL_URL }),
  };
}

function toCloud(s: Settings): CloudConfig {
  const { JDCLOUD_SECURITY_TOKEN: securityToken, JDCLOUD_SECURITY_TOKEN_EXPIRES_AT: expiresAt } = s;
  return {
    kind: 'jdcloud',
    endpoint: s.JDCLOUD_ENDPOINT,
    credentials: {
      accessKeyId: s.JDCLOUD_ACCESS_KEY_ID ?? '',
      secretAccessKey: s.JDCLOUD_SECRET_ACCESS_KEY ?? new Secret(''),
      ...(securityToken && { securityToken }),
      ...(expiresAt && { expiresAt }),
    },
    ...toProxy(s),
  };
}

function toProxy({ HTTP_PROXY: http, HTTPS_PROXY: https, NO_PROXY: no }: Settings) {
  if (http === undefined && https === undefined) return {};
  return {
    proxy: { ...(http && { http }), ...(https && { https }), ...(no !== undefined && { no }) },
  };
}

function timeoutFaults(s: Settings): string[] {
  if (s.UPSTREAM_ATTEMPT_TIMEOUT_MS <= s.UPSTREAM_TIMEOUT_MS) return [];
  return ['UPSTREAM_ATTEMPT_TIMEOUT_MS: must not be more than UPSTREAM_TIMEOUT_MS'];
}

function faultsOf(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
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
