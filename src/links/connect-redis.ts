import { isNativeError } from 'node:util/types';
import { Redis } from 'ioredis';
import { parseRedisUrl, type RedisAddress } from '../config/redis-address.js';
import type { Secret } from '../config/secret.js';
import { hasCode } from '../domain/error-code.js';
import type { Logger } from '../telemetry/logger.js';
import { describeError } from '../telemetry/redact.js';

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
  readonly timeoutMs?: number | undefined;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
  /** Called when sharing begins or ends. */
  readonly onSharing?: (isSharing: boolean) => void;
}

const NO_TLS =
  'the server did not answer with TLS, which rediss:// requires; for a port without TLS, use redis://';

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
  const address = parseRedisUrl(url.reveal());
  if (!address) throw new Error('REDIS_URL: not a Redis URL');
  let leftReplicaAt = -Infinity;
  let failedLogins = 0;
  const redis = new Redis({
    host: address.host,
    port: address.port,
    ...(address.isTls && { tls: {} }),
    // `login` does the rest: where a database is refused, ioredis goes on in database 0; it rejects
    // promises nobody can handle, and prints lines of its own.
    protocol: 2,
    disableClientInfo: true,
    enableReadyCheck: false,
    commandTimeout: timeoutMs,
    // A hanging server counts as disconnected, so that only the first command waits.
    socketTimeout: timeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // By default, a connection that is already closed keeps the process for two seconds.
    disconnectTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(100 * Math.max(times, failedLogins), MAX_RECONNECT_MS),
    reconnectOnError: (error) => {
      if (!saysReplica(error) || now() - leftReplicaAt < REPLICA_RECONNECT_MS) return false;
      leftReplicaAt = now();
      return true;
    },
  });
  const state = createSharingState(logger, now, options.onSharing);
  let isLoggedIn = false;
  let isClosing = false;
  let scripts = 0;

  const lost = (error?: Error): void => {
    if (isClosing) return;
    // A server without TLS waits for a command, and the handshake for the server.
    const isPlain = address.isTls && hasCode(error, 'ETIMEDOUT', 'ECONNRESET', 'EPROTO');
    const reason = isPlain ? new Error(NO_TLS, { cause: error }) : error;
    state.disconnected(reason, refusalWord(error));
  };
  redis.on('error', lost);
  redis.on('close', () => {
    isLoggedIn = false;
    lost();
  });
  redis.on('ready', () => {
    login(redis, address).then(
      () => {
        isLoggedIn = true;
        failedLogins = 0;
        state.connected();
      },
      (error: unknown) => {
        failedLogins += 1;
        lost(isNativeError(error) ? error : undefined);
        if (!isClosing) redis.disconnect(true);
      },
    );
  });

  async function watch<Result>(command: string, run: () => Promise<Result>): Promise<Result> {
    if (!isLoggedIn) throw new Error('not connected');
    try {
      const result = await run();
      state.worked(command);
      return result;
    } catch (error) {
      const word = refusalWord(error);
      if (word !== undefined && !isClosing) state.refused(command, word);
      throw error;
    }
  }

  return {
    mgetBuffer: (names) => watch('mget', () => redis.mgetBuffer([...names])),
    set: (name, value, unit, ms) => watch('set', () => redis.set(name, value, unit, ms)),
    script: (lua) => {
      const name = `script${(scripts += 1)}`;
      redis.defineCommand(name, { lua });
      const run = (redis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[
        name
      ];
      return (keys, args) =>
        watch('script', async () => run?.call(redis, keys.length, ...keys, ...args));
    },
    close: async () => {
      isClosing = true;
      // Flush pending commands.
      if (redis.status === 'ready') await redis.quit().catch(() => undefined);
      redis.disconnect();
    },
  };
}

/** Tracks whether links and budget are shared, and logs each change once. */
interface SharingState {
  connected(): void;
  /** The connection was lost or refused; `word` is the server's error code. */
  disconnected(error?: Error, word?: string): void;
  /** The server rejected a command with this code. */
  refused(command: string, word: string): void;
  /** A command succeeded. */
  worked(command: string): void;
}

/** Milliseconds without rejection before a rejected command counts as working. */
const STEADY_MS = 1000;

function createSharingState(
  logger: Logger,
  now: () => number,
  onSharing: ConnectOptions['onSharing'] = () => undefined,
): SharingState {
  /** Rejected commands and when they last were. */
  const refusedAt = new Map<string, number>();
  let isConnected = false;
  let isSharing: boolean | undefined;

  function change(next: boolean, log: () => void): void {
    if (isSharing === next) return;
    log();
    isSharing = next;
    onSharing(next);
  }

  function begin(): void {
    if (!isConnected || refusedAt.size > 0) return;
    const again = isSharing === undefined ? '' : ' again; sharing links and call budget';
    change(true, () => {
      logger.info(`Redis connected${again}`);
    });
  }

  function endByRefusal(word: string): void {
    change(false, () => {
      logger.warn(`not sharing links and call budget; Redis refused a command: ${word}`);
    });
  }

  return {
    connected: () => {
      isConnected = true;
      begin();
    },
    disconnected: (error, word) => {
      isConnected = false;
      if (word !== undefined) endByRefusal(word);
      change(false, () => {
        const reason = error && { error: describeError(error) };
        logger.warn({ ...reason }, 'Redis disconnected; not sharing links and call budget');
      });
    },
    refused: (command, word) => {
      refusedAt.set(command, now());
      endByRefusal(word);
    },
    worked: (command) => {
      const since = refusedAt.get(command);
      if (since === undefined || now() - since < STEADY_MS) return;
      refusedAt.delete(command);
      begin();
    },
  };
}

/**
 * Authenticates and selects the database, on each new connection.
 * @throws Error as the server replies, or DatabaseError
 */
async function login(redis: Redis, { username, password, database }: RedisAddress): Promise<void> {
  if (password !== '') {
    const user = username === '' ? [] : [username];
    await redis.call('AUTH', ...user, password).catch((error: unknown) => {
      if (!needsNoPassword(error)) throw error;
    });
  }
  // A server that hangs still accepts connections.
  await redis.call('PING').catch((error: unknown) => {
    if (refusalWord(error) !== 'NOPERM') throw error;
  });
  if (database === 0) return;
  await redis.call('SELECT', database).catch((error: unknown) => {
    throw refusalWord(error) === 'ERR' ? new DatabaseError(database) : error;
  });
}

/** A password for a server that has none is no fault. */
function needsNoPassword(error: unknown): boolean {
  const text = isNativeError(error) ? error.message : '';
  return /no password is set|without any password configured/.test(text);
}

/** The server does not have this database. */
class DatabaseError extends Error {
  constructor(readonly database: number) {
    super(`no database ${database}`);
  }
}

/**
 * Error codes of Redis replies. Only these are logged, since replies can contain addresses and
 * values (Redis serialization protocol, simple errors).
 */
const WORDS =
  /\b(?:ASK|BUSY|CLUSTERDOWN|CROSSSLOT|DENIED|EXECABORT|LOADING|MASTERDOWN|MISCONF|MOVED|NOAUTH|NOPERM|NOREPLICAS|NOSCRIPT|OOM|READONLY|TRYAGAIN|WRONGPASS|WRONGTYPE)\b/;

/** The code of an error reply, `ERR` for unlisted ones; undefined for other errors. */
function refusalWord(error: unknown): string | undefined {
  if (error instanceof DatabaseError) return `ERR (no database ${error.database})`;
  if (!isNativeError(error) || error.name !== 'ReplyError') return undefined;
  return WORDS.exec(error.message)?.[0] ?? 'ERR';
}

/**
 * Whether the server reports being a replica, as after a failover: its name now resolves to another
 * server.
 */
function saysReplica(error: Error): boolean {
  return /^(?:READONLY|MASTERDOWN)$/.test(refusalWord(error) ?? '');
}
