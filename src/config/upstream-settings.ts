import { z } from 'zod';
import { Secret } from './secret.js';
import { type ConfigOf, table, type Use } from './table.js';
import {
  accessKeyId,
  cacheKeys,
  instant,
  oneOf,
  origin,
  proxyAddress,
  redisUrl,
  secret,
  utcOffset,
  wholeNumber,
} from './values.js';

export const upstream = table({
  downloadUrlPath: [
    'JDCLOUD_DOWNLOAD_URL_PATH',
    oneOf('auto', 'resource', 'action').default('auto'),
  ],
  /** UTC offset of upstream times without a time zone, for example `+08:00`. */
  timeZone: ['UPSTREAM_TIME_ZONE', utcOffset.default('+08:00')],
  /** Deadline of one operation across all attempts, waits and queueing. */
  timeoutMs: ['UPSTREAM_TIMEOUT_MS', wholeNumber(1, 600_000).default(10_000)],
  attemptTimeoutMs: ['UPSTREAM_ATTEMPT_TIMEOUT_MS', wholeNumber(1, 600_000).default(4000)],
  maxRetries: ['UPSTREAM_MAX_RETRIES', wholeNumber(0, 10).default(2)],
  maxConcurrency: ['UPSTREAM_MAX_CONCURRENCY', wholeNumber(1, 1000).default(256)],
  maxPerMinute: ['UPSTREAM_MAX_PER_MINUTE', wholeNumber(1, 1_000_000).default(1000)],
  /** Milliseconds for which a list serves other requests; 0 for none. */
  listReuseMs: ['LIST_REUSE_MS', wholeNumber(0, 60_000).optional()],
});

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly securityToken?: Secret;
  /** When temporary credentials expire, if configured. */
  readonly expiresAt?: Date;
}

const ofCloud: Use = { requiredWith: 'UPSTREAM=jdcloud' };

const cloud = table({
  endpoint: ['JDCLOUD_ENDPOINT', origin.default('https://rds.jdcloud-api.com')],
  accessKeyId: ['JDCLOUD_ACCESS_KEY_ID', accessKeyId.optional().meta(ofCloud)],
  secretAccessKey: ['JDCLOUD_SECRET_ACCESS_KEY', secret.optional().meta(ofCloud)],
  securityToken: ['JDCLOUD_SECURITY_TOKEN', secret.optional()],
  expiresAt: ['JDCLOUD_SECURITY_TOKEN_EXPIRES_AT', instant.optional()],
});

/** Read with the secret files, which give the two keys. */
const credentialsFile = {
  JDCLOUD_CREDENTIALS_FILE: z.string().optional(),
  JDCLOUD_PROFILE: z.string().optional(),
};

const proxies = table({
  http: ['HTTP_PROXY', proxyAddress.optional()],
  https: ['HTTPS_PROXY', proxyAddress.optional()],
  /** Hosts called without a proxy, in the format of NO_PROXY. */
  no: ['NO_PROXY', z.string().optional()],
});

/** Proxies by the scheme of the called URL. Their URLs can contain a password. */
export type ProxyConfig = ConfigOf<typeof proxies>;

/** What several processes share. */
const redis = table({
  /** Can contain a password. */
  url: ['REDIS_URL', redisUrl.optional()],
  /** 32 bytes each, in base64: the first encrypts, all decrypt. */
  cacheKeys: [
    'CACHE_KEY',
    cacheKeys.optional().meta({
      requires: 'REDIS_URL',
      requiredWith: 'REDIS_URL',
      advice: '; create one with `openssl rand -base64 32`',
    }),
  ],
});

export type RedisConfig = Required<ConfigOf<typeof redis>>;

export const upstreamShape = {
  ...upstream.shape,
  ...cloud.shape,
  ...credentialsFile,
  ...proxies.shape,
  ...redis.shape,
};

export type CloudConfig = ReturnType<typeof toCloud>;

/** @param settings with both keys */
export function toCloud(settings: Readonly<Record<string, unknown>>) {
  const { endpoint, ...keys } = cloud.read(settings);
  const { accessKeyId: id = '', secretAccessKey = new Secret('') } = keys;
  const credentials: Credentials = { ...keys, accessKeyId: id, secretAccessKey };
  return { kind: 'jdcloud' as const, endpoint, credentials, ...toProxy(settings) };
}

/** Absent without an address, whatever NO_PROXY says. */
export function toProxy(settings: Readonly<Record<string, unknown>>): {
  readonly proxy?: ProxyConfig;
} {
  const proxy = proxies.read(settings);
  return (proxy.http ?? proxy.https) ? { proxy } : {};
}

/** Absent if nothing is shared. */
export function toRedis(settings: Readonly<Record<string, unknown>>): {
  readonly redis?: RedisConfig;
} {
  const { url, cacheKeys: keys } = redis.read(settings);
  return url && keys ? { redis: { url, cacheKeys: keys } } : {};
}
