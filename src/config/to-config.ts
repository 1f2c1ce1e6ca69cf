import type { ZodError } from 'zod';
import type { AuthConfig, CloudConfig, Config, EmbeddedConfig, QueryLimits } from './config.js';
import { contradictions } from './contradictions.js';
import type { Env } from './env.js';
import { Secret } from './secret.js';
import { settings, type Settings } from './settings.js';
import { toTracing } from './tracing.js';

/** Every fault of the settings, by name. Values are not repeated: one of them may be a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(`The settings are not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

/**
 * Reads the settings. Pure but for the generated secrets of the embedded upstream.
 * @throws ConfigError with every fault at once
 */
export function toConfig(env: Env): Config {
  const set: Env = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const given = withProxyNames(set);
  const parsed = settings.safeParse(given);
  const faults = [
    ...(parsed.success ? pairFaults(parsed.data) : faultsOf(parsed.error)),
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
      stallMs: s.STALL_TIMEOUT_MS,
      drainDelayMs: s.DRAIN_DELAY_MS,
      shutdownGraceMs: s.SHUTDOWN_GRACE_MS,
    },
    auth: toAuth(s),
    audit: {
      log: s.AUDIT_LOG === 'stdout' ? { kind: 'stdout' } : { kind: 'file', path: s.AUDIT_LOG },
    },
    trustedProxies: s.TRUSTED_PROXIES,
    metricsReaders: s.METRICS_ALLOW,
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
    publicLinks: s.PUBLIC_LINKS === 'true',
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
 * Proxy variables are read in both cases; lower case wins, as it does in curl. Only what is elsewhere is
 * called through a proxy, the cloud and the keys of tokens: without these they are not looked at.
 */
function withProxyNames(env: Env): Env {
  const callsElsewhere = env['UPSTREAM'] === 'jdcloud' || env['AUTH_JWKS_URL'] !== undefined;
  const proxy = (upper: string, lower: string) =>
    callsElsewhere ? (env[lower] ?? env[upper]) : undefined;
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
        ? { kind: 'jwks', url, ...toProxy(s) }
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

/** Values that are each valid and do not go together. */
function pairFaults(s: Settings): string[] {
  const isPortShared = s.UPSTREAM === 'embedded' && s.PORT !== 0 && s.PORT === s.EMBEDDED_PORT;
  return [
    ...(s.UPSTREAM_ATTEMPT_TIMEOUT_MS > s.UPSTREAM_TIMEOUT_MS
      ? ['UPSTREAM_ATTEMPT_TIMEOUT_MS: must not be more than UPSTREAM_TIMEOUT_MS']
      : []),
    ...(isPortShared ? ['EMBEDDED_PORT: must be another port than PORT'] : []),
  ];
}

function faultsOf(error: ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}
