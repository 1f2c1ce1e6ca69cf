import { isNativeError } from 'node:util/types';
import { Redis } from 'ioredis';
import type { Secret } from '../config/secret.js';
import type { Logger } from '../telemetry/logger.js';
import { createSharingState } from './sharing-state.js';

/** All Redis commands in use. They fail immediately while disconnected. */
export interface RedisConnection {
  mgetBuffer(names: readonly string[]): Promise<(Buffer | null)[]>;
  /** Stores a value for `ms` milliseconds. */
  set(name: string, value: Buffer, unit: 'PX', ms: number): Promise<unknown>;
  /** Creates a function that runs a Lua script with keys and arguments. */
  script(
    lua: string,
  ): (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Timeout of one command. */
  readonly timeoutMs?: number;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

/** Maximum milliseconds to wait for Redis: it only saves calls. */
const COMMAND_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 1000;
const MAX_RECONNECT_MS = 2000;
/** Minimum milliseconds between reconnects while the server remains a replica. */
const REPLICA_RECONNECT_MS = 1000;

/**
 * Connects in the background, and reconnects after a disconnect or if the server turns out to be a
 * replica; the name is resolved each time. Logs the start and end of each outage once.
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
    // A hanging server counts as disconnected, so that only the first command waits.
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
      // Flush pending commands.
      if (redis.status === 'ready') await redis.quit().catch(() => undefined);
      redis.disconnect();
    },
  };
}

/**
 * Error codes of Redis replies. Only these are logged, since replies can contain addresses and
 * values (Redis serialization protocol, simple errors).
 */
const WORDS =
  /\b(?:ASK|BUSY|CLUSTERDOWN|CROSSSLOT|DENIED|EXECABORT|LOADING|MASTERDOWN|MISCONF|MOVED|NOAUTH|NOPERM|NOREPLICAS|NOSCRIPT|OOM|READONLY|TRYAGAIN|WRONGPASS|WRONGTYPE)\b/;

/** The code of an error reply, `ERR` for unlisted ones; undefined for other errors. */
export function refusalWord(error: unknown): string | undefined {
  if (!isNativeError(error) || error.name !== 'ReplyError') return undefined;
  return WORDS.exec(error.message)?.[0] ?? 'ERR';
}

/**
 * Whether the server reports being a replica, as after a failover: its name now resolves to another
 * server.
 */
export function saysReplica(error: Error): boolean {
  return /^(?:READONLY|MASTERDOWN)$/.test(refusalWord(error) ?? '');
}
