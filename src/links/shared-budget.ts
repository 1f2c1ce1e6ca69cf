import { LRUCache } from 'lru-cache';
import {
  type Budget,
  type BudgetOptions,
  createMemoryBudget,
  MINUTE_MS,
  reserveOf,
  toPause,
  WINDOW_MS,
} from '../upstream/policy/budget.js';

/** Runs a script on the shared Redis within a timeout. Rejects while disconnected. */
export type RunScript = (
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>;

export interface SharedBudgetOptions extends BudgetOptions {
  /** Creates a runnable script from Lua source. */
  readonly script: (lua: string) => RunScript;
  /** Identifies the account whose calls are counted. */
  readonly account: string;
  /** Identifies a caller on Redis without revealing its ID. */
  readonly nameOf: (callerId: string) => string;
}

/** Number of callers whose names and rejections are remembered. */
const MAX_CALLERS = 1000;

/**
 * Creates a budget shared by all processes on a Redis. Each process also counts its own calls and
 * never exceeds the whole budget, whatever Redis returns; while Redis is unavailable, only this
 * count applies.
 */
export function createSharedBudget(options: SharedBudgetOptions): Budget {
  const { maxPerMinute, hasShares, onLimited, account, nameOf } = options;
  const now = options.now ?? (() => performance.now());
  const own = createMemoryBudget({ ...options, now });
  const takeShared = options.script(TAKE_CALL);
  const limits = [maxPerMinute, reserveOf(maxPerMinute), WINDOW_MS / 1000] as const;
  const prefix = `backup-links:budget:${account}`;
  const names = new LRUCache<string, string>({
    max: MAX_CALLERS,
    memoMethod: (callerId) => `${prefix}:caller:${nameOf(callerId)}`,
  });
  /** When it becomes useful to ask again, by caller. */
  const refused = new LRUCache<string, number>({ max: MAX_CALLERS });

  return {
    take: async (callerId) => {
      const owner = hasShares ? callerId : '';
      const wait = (refused.get(owner) ?? 0) - now();
      if (wait > 0) return toPause(wait);
      const pause = own.take(callerId);
      if (pause > 0) return pause;
      const keys = [`${prefix}:calls`, ...(hasShares ? [names.memo(callerId)] : [])];
      const reply = toReply(await takeShared(keys, limits).catch(() => undefined));
      if (reply === undefined || reply.pause === 0) return 0;
      own.giveBack(callerId);
      if (reply.isOfShare && hasShares) onLimited?.(callerId);
      refused.set(owner, now() + reply.pause);
      return reply.pause;
    },
  };
}

/** The reply of the script; undefined if invalid. */
function toReply(value: unknown): { pause: number; isOfShare: boolean } | undefined {
  if (!Array.isArray(value)) return undefined;
  const [pause, isOfShare] = value as unknown[];
  if (!Number.isSafeInteger(pause)) return undefined;
  return { pause: pause === 0 ? 0 : toPause(pause as number), isOfShare: isOfShare === 1 };
}

/**
 * The rule of createMemoryBudget in seconds of the Redis clock. A key holds a ring of seconds, each
 * as `<second>:<calls>`, and their sum, computed once a second. Any writer to Redis can write
 * anything: malformed or outdated counts are ignored, and counts are capped at the budget.
 *
 * KEYS: calls of all, calls of the caller (if callers have shares). ARGV: budget, reserve, seconds
 * a call counts. Returns the milliseconds to wait, 0 for a call, and 1 if the share is exhausted.
 */
const TAKE_CALL = `
local RING = 64
local max, reserve, length = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local second = tonumber(time[1])
local slot = tostring(second % RING)

local function parse(value)
  local at, calls = string.match(value or '', '^(%d+):(%d+)$')
  if at then return tonumber(at), math.min(tonumber(calls), max) end
end

local function get(key, ...)
  local values = redis.pcall('HMGET', key, ...)
  if not values.err then return values end
  redis.call('DEL', key)
  return {}
end

local function readAll(key)
  local window = { calls = 0, at = {} }
  local names = {}
  for number = 1, RING do names[number] = tostring(number - 1) end
  local values = get(key, unpack(names))
  for number = 1, RING do
    local at, calls = parse(values[number])
    if at and at <= second and at >= second - length then
      window.at[at] = calls
      window.calls = window.calls + calls
    end
  end
  window.latest = window.at[second] or 0
  return window
end

local function read(key)
  local values = get(key, 'sum', slot)
  local at, sum = parse(values[1])
  if at ~= second then return readAll(key) end
  local latestAt, latest = parse(values[2])
  return { calls = sum, latest = latestAt == second and latest or 0, isSum = true }
end

local function write(key, window)
  redis.call('HSET', key, slot, second .. ':' .. (window.latest + 1), 'sum', second .. ':' .. (window.calls + 1))
  if not window.isSum then redis.call('EXPIRE', key, length + 1) end
end

local hasShares = KEYS[2] ~= nil
local function mayTake(used, own)
  local left = max - used
  return left > 0 and (not hasShares or left > reserve or own <= left)
end

local all = read(KEYS[1])
local own = hasShares and read(KEYS[2]) or { calls = 0, at = {} }
if mayTake(all.calls, own.calls) then
  write(KEYS[1], all)
  if hasShares then write(KEYS[2], own) end
  return { 0, 0 }
end

local isOfShare = all.calls < max and 1 or 0
all = readAll(KEYS[1])
if hasShares then own = readAll(KEYS[2]) end
local used, ofCaller = all.calls, own.calls
for at = second - length, second do
  used = used - (all.at[at] or 0)
  ofCaller = ofCaller - (own.at[at] or 0)
  if mayTake(used, ofCaller) then
    local now = second * 1000 + math.floor(tonumber(time[2]) / 1000)
    return { (at + length + 1) * 1000 - now, isOfShare }
  end
end
return { ${MINUTE_MS}, isOfShare }
`;
