import { isNativeError } from 'node:util/types';
import { Redis } from 'ioredis';
import type { Secret } from '../config/secret.js';
import type { Logger } from '../telemetry/logger.js';
import { createSharingState } from './sharing-state.js';

/** Everything that is done on the Redis. Commands fail at once while it is away. */
export interface RedisConnection {
  mgetBuffer(names: readonly string[]): Promise<(Buffer | null)[]>;
  /** Keeps a value for `ms` milliseconds. */
  set(name: string, value: Buffer, unit: 'PX', ms: number): Promise<unknown>;
  /** Makes a function that runs Lua source on keys and arguments. */
  script(
    lua: string,
  ): (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Of one command. */
  readonly timeoutMs?: number;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
}

/** Nothing waits longer for Redis than this, in milliseconds: it only saves calls. */
const COMMAND_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 1000;
const MAX_RECONNECT_MS = 2000;
/** A server that stays a replica is not connected to more often than this, in milliseconds. */
const REPLICA_RECONNECT_MS = 1000;

/**
 * Connects in the background and again after each loss, and when the server turns out to be a replica;
 * its name is resolved each time. Each outage is logged once, and its end.
 */
export function connectRedis(
  url: Secret,
  logger: Logger,
  options: ConnectOptions = {},
): RedisConnection {
  const { timeoutMs = COMMAND_TIMEOUT_MS, now = () => performance.now() } = options;
  let leftReplicaAt = -Infinity;
  const redis = new Redis(url.reveal(), {
    commandTimeout: timeoutMs,
    // A server that hangs counts as away, so that only the first command waits for it.
    socketTimeout: timeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(100 * times, MAX_RECONNECT_MS),
    reconnectOnError: (error) => {
      if (!saysReplica(error) || now() - leftReplicaAt < REPLICA_RECONNECT_MS) return false;
      leftReplicaAt = now();
      return true;
    },
  });
  const state = createSharingState(logger, now);
  let isClosing = false;
  let scripts = 0;

  const lost = (error?: Error): void => {
    if (isClosing) return;
    state.disconnected(error, refusalWord(error));
  };
  redis.on('error', lost);
  redis.on('close', () => {
    lost();
  });
  redis.on('ready', () => {
    state.connected();
  });

  async function watch<Result>(command: string, work: Promise<Result>): Promise<Result> {
    try {
      const result = await work;
      state.worked(command);
      return result;
    } catch (error) {
      const word = refusalWord(error);
      if (word !== undefined && !isClosing) state.refused(command, word);
      throw error;
    }
  }

  return {
    mgetBuffer: (names) => watch('mget', redis.mgetBuffer([...names])),
    set: (name, value, unit, ms) => watch('set', redis.set(name, value, unit, ms)),
    script: (lua) => {
      const name = `script${(scripts += 1)}`;
      redis.defineCommand(name, { lua });
      const run = (redis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[
        name
      ];
      return (keys, args) =>
        watch('script', run ? run.call(redis, keys.length, ...keys, ...args) : Promise.resolve());
    },
    close: async () => {
      isClosing = true;
      // Lets what is on its way be written.
      if (redis.status === 'ready') await redis.quit().catch(() => undefined);
      redis.disconnect();
    },
  };
}

/**
 * Words by which a Redis says why it refuses a command: they are all that is told of its reply, which
 * may hold addresses and values (Redis serialization protocol, simple errors).
 */
const WORDS =
  /\b(?:ASK|BUSY|CLUSTERDOWN|CROSSSLOT|DENIED|EXECABORT|LOADING|MASTERDOWN|MISCONF|MOVED|NOAUTH|NOPERM|NOREPLICAS|NOSCRIPT|OOM|READONLY|TRYAGAIN|WRONGPASS|WRONGTYPE)\b/;

/** The word of a reply that refuses a command, `ERR` for any other; undefined for what is no such reply. */
export function refusalWord(error: unknown): string | undefined {
  if (!isNativeError(error) || error.name !== 'ReplyError') return undefined;
  return WORDS.exec(error.message)?.[0] ?? 'ERR';
}

/** Whether a server says that it is a replica, as after a failover: its name leads to another one now. */
export function saysReplica(error: Error): boolean {
  return /^(?:READONLY|MASTERDOWN)$/.test(refusalWord(error) ?? '');
}
