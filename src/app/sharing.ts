import { createHash } from 'node:crypto';
import type { Config, RedisConfig } from '../config/config.js';
import type { SecretName } from '../config/secret-files.js';
import type { Secret } from '../config/secret.js';
import type { RedisConnection } from '../links/connect-redis.js';
import { createRedisLinkStore } from '../links/redis-link-store.js';
import type { LinkStore } from '../links/reusing-link-source.js';
import { createSeal } from '../links/seal.js';
import type { Logger } from '../telemetry/logger.js';
import type { Budget } from '../upstream/policy/budget.js';
import { createSharedBudget, type SharedBudgetOptions } from '../links/shared-budget.js';
import type { Renewal } from './renewal.js';
import type { Closers } from './stop.js';

/** State that several processes share on Redis. */
export interface Sharing {
  readonly budget: Budget;
  readonly linkStore: LinkStore;
}

type Shares = Pick<SharedBudgetOptions, 'hasShares' | 'onLimited'>;

export interface SharingOptions {
  readonly config: Config;
  /** The origin of the upstream API. */
  readonly origin: string;
  /** How callers share the budget. */
  readonly shares: Shares;
  readonly logger: Logger;
  /** Absent if no secret can change. */
  readonly renewal?: Renewal | undefined;
  readonly closers: Closers;
  /** Milliseconds for one command of Redis, in place of the usual limit. */
  readonly timeoutMs?: number | undefined;
  /** Called when sharing begins or ends. */
  readonly onSharing: (isSharing: boolean) => void;
}

/**
 * Connects to Redis if configured; otherwise its large library is not loaded. URL, keys and account
 * can change: budget and links then use the new ones, and entries under the old ones expire.
 */
export async function connectSharing(options: SharingOptions): Promise<Sharing | undefined> {
  const { config, origin, shares, logger, renewal, closers, timeoutMs, onSharing } = options;
  if (!config.redis) return undefined;
  const { connectRedis } = await import('../links/connect-redis.js');
  onSharing(false);
  let connection = connectRedis(config.redis.url, logger, { timeoutMs, onSharing });
  let shared = sharingOver(connection, config, config.redis, origin, shares);
  closers.add(() => connection.close(), 'Redis');
  renewal?.onChange((next, changed) => {
    if (!next.redis || !OF_LINKS.some((name) => changed.has(name))) return;
    if (changed.has('REDIS_URL')) {
      void connection.close();
      connection = connectRedis(next.redis.url, logger, { timeoutMs, onSharing });
    }
    const fresh = sharingOver(connection, next, next.redis, origin, shares);
    const isSameBudget = !OF_BUDGET.some((name) => changed.has(name));
    shared = isSameBudget ? { ...fresh, budget: shared.budget } : fresh;
  });
  if (!renewal) return shared;
  return {
    budget: { take: (callerId) => shared.budget.take(callerId) },
    linkStore: {
      get: (key) => shared.linkStore.get(key),
      put: (key, link, ms) => {
        shared.linkStore.put(key, link, ms);
      },
    },
  };
}

/** Secrets that identify the budget. A new budget starts without the calls of the last minute. */
const OF_BUDGET: readonly SecretName[] = ['REDIS_URL', 'CACHE_KEY', 'JDCLOUD_ACCESS_KEY_ID'];
/** Secrets that identify stored links. */
const OF_LINKS: readonly SecretName[] = [...OF_BUDGET, 'JDCLOUD_SECURITY_TOKEN'];

function sharingOver(
  redis: RedisConnection,
  { upstream: { source, maxPerMinute } }: Config,
  { cacheKeys: [first, ...others] }: RedisConfig,
  origin: string,
  shares: Shares,
): Sharing {
  const { accessKeyId, securityToken } = source.credentials;
  const secrets = [bytesOf(first), ...others.map(bytesOf)] as const;
  const seal = createSeal(secrets[0]);
  return {
    budget: createSharedBudget({
      ...shares,
      maxPerMinute,
      account: accountIdOf(origin, accessKeyId),
      script: (lua) => redis.script(lua),
      nameOf: (callerId) => seal.nameOf(callerId),
    }),
    // Links signed by temporary credentials may expire with them.
    linkStore: createRedisLinkStore({
      redis,
      account: accountIdOf(origin, accessKeyId, securityToken),
      secrets,
    }),
  };
}

const bytesOf = (key: Secret): Buffer => Buffer.from(key.reveal(), 'base64');

/**
 * Identifies an upstream account to the processes that share it without revealing its access key
 * ID.
 * @param session token of temporary credentials, included where state belongs to the session rather
 *   than the account
 */
export function accountIdOf(origin: string, accessKeyId: string, session?: Secret): string {
  const parts = [origin, accessKeyId, ...(session ? [session.reveal()] : [])];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
