import { Redis } from 'ioredis';
import type { Secret } from '../config/secret.js';
import type { Logger } from '../telemetry/logger.js';
import { describeError } from '../telemetry/redact.js';

export interface RedisConnection {
  readonly redis: Redis;
  close(): Promise<void>;
}

/** Nothing waits longer for Redis than this, in milliseconds: it only saves calls. */
const COMMAND_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 1000;
const MAX_RECONNECT_MS = 2000;

/**
 * Connects in the background and again after each loss; commands fail at once while it is away. Each
 * outage is logged once, and its end.
 */
export function connectRedis(url: Secret, logger: Logger): RedisConnection {
  const redis = new Redis(url.reveal(), {
    commandTimeout: COMMAND_TIMEOUT_MS,
    // A server that hangs counts as away, so that only the first command waits for it.
    socketTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(100 * times, MAX_RECONNECT_MS),
  });
  let isAway = false;
  let isClosing = false;

  const away = (error?: Error): void => {
    if (isAway || isClosing) return;
    isAway = true;
    const reason = error && { error: describeError(error) };
    logger.warn({ ...reason }, 'Redis is away: links and the budget of calls are not shared');
  };
  redis.on('error', away);
  redis.on('close', () => away());
  redis.on('ready', () => {
    logger.info(isAway ? 'Redis is back' : 'Redis is there');
    isAway = false;
  });

  return {
    redis,
    close: async () => {
      isClosing = true;
      // Lets what is on its way be written.
      if (redis.status === 'ready') await redis.quit().catch(() => undefined);
      redis.disconnect();
    },
  };
}
