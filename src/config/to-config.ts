import { hkdfSync } from 'node:crypto';
import type { ZodError } from 'zod';
import type {
  AuthConfig,
  BucketStoreConfig,
  CloudConfig,
  Config,
  EmbeddedConfig,
  LinkSecrets,
  QueryLimits,
  TokenRules,
} from './config.js';
import { contradictions } from './contradictions.js';
import type { Env } from './env.js';
import { warnOfLinkBases } from './link-bases.js';
import { Secret } from './secret.js';
import { nothingRead, type SecretText, type SecretTexts } from './secret-files.js';
import { settings, type Settings } from './settings.js';
import { tidyEnv } from './tidy-env.js';
import { toTracing } from './tracing.js';
import { generated } from './values.js';

/** All faults in the settings, by name. Values are omitted, since they may be secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(`Invalid settings:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

/**
 * Parses the settings. Pure except for the generated secrets of the embedded upstream.
 * @param files contents of the files named by `<NAME>_FILE`
 * @throws ConfigError with all faults
 */
export function toConfig(env: Env, files: SecretTexts = nothingRead(env)): Config {
  const warnings: string[] = [];
  const warn = (warning: string): void => void warnings.push(warning);
  const given = {
    ...tidyEnv(env, warn),
    ...Object.fromEntries([...files.values].map(([name, { text }]) => [name, text])),
  };
  const parsed = settings.safeParse(given);
  const unread = Object.fromEntries(files.missing.map((name) => [name, '']));
  const faults = [
    ...files.faults,
    ...(parsed.success ? pairFaults(parsed.data, given) : faultsOf(parsed.error, files)),
    ...contradictions({ ...given, ...unread }),
  ];
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const s = parsed.data;
  const tracing = toTracing(given, warn);
  warnOfTimes(s, given, warn);
  warnOfLinkBases(s, warn);
  return {
    warnings,
    host: s.HOST,
    port: s.PORT,
    http: {
      keepAliveMs: s.KEEP_ALIVE_TIMEOUT_MS,
      requestTimeoutMs: s.REQUEST_TIMEOUT_MS,
      stallMs: s.STALL_TIMEOUT_MS,
      maxHeaderBytes: s.MAX_HEADER_BYTES,
      maxConnections: s.MAX_CONNECTIONS,
      maxConcurrentRequests: toConcurrentRequests(s),
      drainDelayMs: s.DRAIN_DELAY_MS,
      shutdownGraceMs: s.SHUTDOWN_GRACE_MS,
    },
    auth: toAuth(s),
    audit: {
      log: s.AUDIT_LOG === 'stdout' ? { kind: 'stdout' } : { kind: 'file', path: s.AUDIT_LOG },
    },
    trustedProxies: s.TRUSTED_PROXIES,
    corsOrigins: s.CORS_ORIGINS,
    metricsReaders: s.METRICS_ALLOW,
    upstream: {
      source: s.UPSTREAM === 'embedded' ? toEmbedded(s) : toCloud(s),
      downloadUrlPath: s.JDCLOUD_DOWNLOAD_URL_PATH,
      timeZone: s.UPSTREAM_TIME_ZONE,
      timeoutMs: s.UPSTREAM_TIMEOUT_MS,
      // An attempt never outlasts its call; the default adapts to the configured timeout.
      attemptTimeoutMs: Math.min(s.UPSTREAM_ATTEMPT_TIMEOUT_MS, s.UPSTREAM_TIMEOUT_MS),
      maxRetries: s.UPSTREAM_MAX_RETRIES,
      maxConcurrency: s.UPSTREAM_MAX_CONCURRENCY,
      maxPerMinute: s.UPSTREAM_MAX_PER_MINUTE,
      listReuseMs: s.LIST_REUSE_MS ?? (s.UPSTREAM === 'jdcloud' ? CLOUD_LIST_REUSE_MS : 0),
    },
    mySqlLinkExpiry: s.MYSQL_LINK_EXPIRY,
    publicLinks: s.PUBLIC_LINKS === 'true',
    linkReuse: s.LINK_REUSE,
    ...(s.REDIS_URL && s.CACHE_KEY && { redis: { url: s.REDIS_URL, cacheKeys: s.CACHE_KEY } }),
    queryLimits: toQueryLimits(s),
    introspection: s.INTROSPECTION ? s.INTROSPECTION === 'true' : s.NODE_ENV !== 'production',
    ...(s.PERSISTED_OPERATIONS !== undefined && { persistedDocuments: s.PERSISTED_OPERATIONS }),
    ...(tracing && { tracing }),
    logLevel: s.LOG_LEVEL,
  };
}

/** Reserves a tenth of the connections for other requests, mainly probes. */
function toConcurrentRequests({ MAX_CONCURRENT_REQUESTS, MAX_CONNECTIONS }: Settings): number {
  return Math.min(MAX_CONCURRENT_REQUESTS, Math.floor(MAX_CONNECTIONS * 0.9));
}

function toQueryLimits(s: Settings): QueryLimits {
  return {
    bodyBytes: s.MAX_BODY_BYTES,
    characters: s.MAX_QUERY_LENGTH,
    tokens: s.MAX_QUERY_TOKENS,
    selections: s.MAX_QUERY_SELECTIONS,
    depth: s.MAX_QUERY_DEPTH,
    aliases: s.MAX_QUERY_ALIASES,
    cost: s.MAX_QUERY_COST,
    entities: s.MAX_ENTITIES,
    links: s.MAX_LINKS_PER_OPERATION,
    responseBytes: s.MAX_RESPONSE_BYTES,
    upstreamCalls: s.MAX_UPSTREAM_CALLS_PER_OPERATION,
  };
}

function toAuth(s: Settings): AuthConfig {
  if (s.AUTH === 'none') return { kind: 'none', allowAnonymous: s.ALLOW_ANONYMOUS === 'true' };
  const { AUTH_JWKS_URL: url, AUTH_JWT_SECRET: tokenKey } = s;
  return {
    kind: 'jwt',
    keys:
      url !== undefined
        ? { kind: 'jwks', url, maxAgeMs: s.AUTH_KEYS_MAX_AGE_S * 1000, ...toProxy(s) }
        : { kind: 'secret', secret: tokenKey ?? new Secret('') },
    tokens: toTokenRules(s),
  };
}

function toTokenRules(s: Settings): TokenRules {
  return {
    issuers: s.AUTH_ISSUER ?? [],
    audiences: s.AUTH_AUDIENCE ?? [],
    ...(s.AUTH_AUDIENCE_CLAIM !== undefined && { audienceClaim: s.AUTH_AUDIENCE_CLAIM }),
    requiredClaims: s.AUTH_REQUIRED_CLAIMS,
    subjectClaim: s.AUTH_SUBJECT_CLAIM,
    ...(s.AUTH_TOKEN_TYP !== undefined && { typ: s.AUTH_TOKEN_TYP }),
    rightsClaims: s.AUTH_RIGHTS_CLAIMS,
    rightNames: { read: s.AUTH_READ_SCOPE, download: s.AUTH_DOWNLOAD_SCOPE },
    clockToleranceS: s.AUTH_CLOCK_TOLERANCE_S,
  };
}

function toEmbedded(s: Settings): EmbeddedConfig {
  return {
    kind: 'embedded',
    store: s.EMBEDDED_BUCKET
      ? toBucket(s, s.EMBEDDED_BUCKET)
      : {
          kind: 'folder',
          dir: s.EMBEDDED_DIR ?? './data',
          isDefault: s.EMBEDDED_DIR === undefined,
        },
    port: s.EMBEDDED_PORT,
    credentials: {
      accessKeyId: s.EMBEDDED_ACCESS_KEY_ID,
      secretAccessKey: s.EMBEDDED_SECRET_ACCESS_KEY,
    },
    linkSecrets: toLinkSecrets(s),
    maxDownloads: s.MAX_DOWNLOADS,
    fullCheckMs: s.EMBEDDED_DIR_CHECK_S * 1000,
    ...(s.EMBEDDED_PUBLIC_URL !== undefined && { publicUrl: s.EMBEDDED_PUBLIC_URL }),
    ...(s.EMBEDDED_INTERNAL_URL !== undefined && { internalUrl: s.EMBEDDED_INTERNAL_URL }),
  };
}

/**
 * Replicas share CACHE_KEY, so secrets derived from it (RFC 5869) let each verify the links of the
 * others. Without Redis, a secret generated at each start ends the links of the process before.
 */
function toLinkSecrets({ EMBEDDED_LINK_SECRET: own, CACHE_KEY: keys }: Settings): LinkSecrets {
  if (own) return [own];
  if (!keys) return [generated(32)()];
  const [first, ...others] = keys;
  return [derivedLinkSecret(first), ...others.map(derivedLinkSecret)];
}

function derivedLinkSecret(key: Secret): Secret {
  const bytes = hkdfSync('sha256', Buffer.from(key.reveal(), 'base64'), '', 'download links', 32);
  return new Secret(Buffer.from(bytes).toString('hex'));
}

function toBucket(
  s: Settings,
  address: NonNullable<Settings['EMBEDDED_BUCKET']>,
): BucketStoreConfig {
  const endpoint = s.AWS_ENDPOINT_URL_S3 ?? s.AWS_ENDPOINT_URL;
  const region = s.AWS_REGION ?? s.AWS_DEFAULT_REGION;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = s;
  const { AWS_SESSION_TOKEN: securityToken, AWS_CREDENTIAL_EXPIRATION: expiresAt } = s;
  return {
    kind: 'bucket',
    ...address,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(s.AWS_PROFILE !== undefined && { profile: s.AWS_PROFILE }),
    ...(accessKeyId !== undefined &&
      secretAccessKey && {
        credentials: {
          accessKeyId,
          secretAccessKey,
          ...(securityToken && { securityToken }),
          ...(expiresAt && { expiresAt }),
        },
      }),
    addressing: s.EMBEDDED_BUCKET_ADDRESSING,
    refreshMs: s.EMBEDDED_BUCKET_REFRESH_S * 1000,
    maxAgeMs: s.EMBEDDED_BUCKET_MAX_AGE_S * 1000,
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

/** Finds values that are valid alone but not together. */
function pairFaults(s: Settings, given: Env): string[] {
  const isPortShared = s.UPSTREAM === 'embedded' && s.PORT !== 0 && s.PORT === s.EMBEDDED_PORT;
  const areTimesGiven = ATTEMPT_TIMES.every((name) => given[name] !== undefined);
  return [
    ...(areTimesGiven && s.UPSTREAM_ATTEMPT_TIMEOUT_MS > s.UPSTREAM_TIMEOUT_MS
      ? ['UPSTREAM_ATTEMPT_TIMEOUT_MS: must not exceed UPSTREAM_TIMEOUT_MS']
      : []),
    ...(isPortShared ? ['EMBEDDED_PORT: must differ from PORT'] : []),
  ];
}

/** The embedded upstream is as new as its folder. */
const CLOUD_LIST_REUSE_MS = 1000;

const ATTEMPT_TIMES = ['UPSTREAM_ATTEMPT_TIMEOUT_MS', 'UPSTREAM_TIMEOUT_MS'];

/** An attempt timeout set alone does not extend the call timeout. */
function warnOfTimes(s: Settings, given: Env, warn: (warning: string) => void): void {
  if (
    given['UPSTREAM_TIMEOUT_MS'] === undefined &&
    s.UPSTREAM_ATTEMPT_TIMEOUT_MS > s.UPSTREAM_TIMEOUT_MS
  ) {
    warn('UPSTREAM_ATTEMPT_TIMEOUT_MS: exceeds UPSTREAM_TIMEOUT_MS; using UPSTREAM_TIMEOUT_MS');
  }
}

/** Attributes a fault of a value read from a file to the setting that names the file. */
function faultsOf(error: ZodError, { values }: SecretTexts): string[] {
  const sources: ReadonlyMap<string, SecretText> = values;
  return error.issues.map(({ path, message }) => {
    const name = path.join('.');
    return `${sources.get(name)?.source ?? name}: ${message}`;
  });
}
