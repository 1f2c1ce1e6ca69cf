import { relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Logger } from '../../../telemetry/logger.js';
import { describeError } from '../../../telemetry/redact.js';
import { hasCode } from '../../../domain/error-code.js';
import { ApiError } from '../../http/api-error.js';
import type { FolderIndex } from './folder-index.js';
import type { KnownInstance } from './known-instance.js';

export interface FolderChecksOptions {
  /** Real path of the folder. */
  readonly root: string;
  readonly folder: FolderIndex;
  /** Whether all folders are watched, so that looking at them may take longer. */
  readonly isWatched: () => boolean;
  /** Milliseconds between the end of a full check and the next. */
  readonly fullCheckMs: number;
  readonly logger: Logger;
  /** Done before anything is read. */
  readonly before: () => Promise<void>;
  /** Done once everything has been read for the first time. */
  readonly onRead: () => Promise<void>;
  /** Done after each round of quick looks. */
  readonly onRound: () => Promise<void>;
}

/** Looks at the folder without being asked. */
export interface FolderChecks {
  /** Something in this folder has changed: it is looked at soon. */
  changed(path: string): void;
  close(): Promise<void>;
}

/** Milliseconds between rounds of quick looks. */
const ROUND_MS = 1000;
/** Instances looked at in a round, in turns: with a watch on each, and without. */
const WATCHED_PER_ROUND = 100;
const UNWATCHED_PER_ROUND = 1000;
/** Backups looked at in a round because they have changed lately. */
const RESTLESS_PER_ROUND = 500;
/** Milliseconds in which the changes of a folder are gathered. */
const GATHER_MS = 100;
/** The full check looks at so many backups at a time, and at no more than so many in a second. */
const CHECKED_AT_A_TIME = 100;
const CHECKED_PER_SECOND = 1000;
/** Concurrent checks; few, so that those of requests need not wait for long. */
const PARALLEL_LOOKS = 4;

/** Starts reading everything, and goes on looking until it is closed. */
export function startFolderChecks(options: FolderChecksOptions): FolderChecks {
  const { root, folder, isWatched, fullCheckMs, logger } = options;
  const closing = new AbortController();
  const { signal } = closing;
  const limit = pLimit(PARALLEL_LOOKS);
  const changes = new Set<string>();
  let handling: Promise<void> | null = null;
  let isFailing = false;
  let instanceTurn = 0;
  let restlessTurn = 0;

  /** A failure here repeats for the requests it concerns; the reader reports what cannot be read. */
  async function attempt(task: () => Promise<unknown>): Promise<void> {
    if (signal.aborted) return;
    try {
      await task();
      isFailing = false;
    } catch (error) {
      if (!isFailing && !(error instanceof ApiError))
        logger.warn({ error: describeError(error) }, 'looking at the backups failed');
      isFailing = true;
    }
  }

  /** False once it is closing. */
  const rest = (ms: number): Promise<boolean> =>
    sleep(ms, true, { signal, ref: false }).catch((error: unknown) => {
      if (hasCode(error, 'ABORT_ERR')) return false;
      throw error;
    });

  async function readNew(): Promise<void> {
    for (const instance of folder.known()) {
      if (!instance.isRead()) await attempt(() => instance.refresh());
    }
  }

  async function readAll(): Promise<void> {
    await attempt(() => folder.regions());
    await readNew();
    if (!signal.aborted) await options.onRead();
  }

  async function round(): Promise<void> {
    await folder.regions();
    await readNew();
    const known = folder.known();
    await lookAtRestless(known);
    const count = isWatched() ? WATCHED_PER_ROUND : UNWATCHED_PER_ROUND;
    const next = inTurns(known, instanceTurn, count);
    instanceTurn += next.length;
    await Promise.all(next.map((one) => limit(() => attempt(() => one.refresh()))));
    await options.onRound();
  }

  async function lookAtRestless(known: readonly KnownInstance[]): Promise<void> {
    const all = known.flatMap((one) => one.restless().map((backupId) => ({ one, backupId })));
    const some = inTurns(all, restlessTurn, RESTLESS_PER_ROUND);
    restlessTurn += some.length;
    await Promise.all(
      some.map(({ one, backupId }) =>
        limit(() => attempt(() => one.check(backupId, ROUND_MS / 2, 'all files'))),
      ),
    );
  }

  async function checkFully(): Promise<void> {
    for (const instance of folder.known()) {
      await attempt(() => instance.relist());
      const ids = [...instance.entries.keys()];
      for (let from = 0; from < ids.length; from += CHECKED_AT_A_TIME) {
        const startedAt = performance.now();
        const some = ids.slice(from, from + CHECKED_AT_A_TIME);
        await Promise.all(
          some.map((id) => limit(() => attempt(() => instance.check(id, 0, 'all files')))),
        );
        const spentMs = performance.now() - startedAt;
        const pauseMs = (1000 * some.length) / CHECKED_PER_SECOND - spentMs;
        if (!(await rest(Math.max(0, pauseMs)))) return;
      }
    }
  }

  async function handleChanges(): Promise<void> {
    while (changes.size > 0 && (await rest(GATHER_MS))) {
      const paths = [...changes];
      changes.clear();
      for (const path of paths) await attempt(() => handle(path));
      await readNew();
    }
  }

  async function handle(path: string): Promise<void> {
    const [regionId, instanceId] = relative(root, path).split(sep);
    if (!regionId) await folder.regions();
    else if (instanceId === undefined) await folder.region(regionId);
    else await (await folder.instance({ regionId, instanceId }))?.refresh();
  }

  async function everyRound(): Promise<void> {
    await options.before();
    await readAll();
    while (await rest(ROUND_MS)) await attempt(round);
  }

  async function everyFullCheck(): Promise<void> {
    while (await rest(fullCheckMs)) await checkFully();
  }

  const running = Promise.all([everyRound(), everyFullCheck()]);

  return {
    changed(path) {
      if (signal.aborted) return;
      changes.add(path);
      handling ??= handleChanges().finally(() => (handling = null));
    },
    async close() {
      closing.abort();
      await Promise.all([running, handling]);
    },
  };
}

/** Up to `count` of a list from a place on, which is counted on round and round. */
function inTurns<Item>(all: readonly Item[], from: number, count: number): Item[] {
  if (all.length <= count) return [...all];
  const start = from % all.length;
  return [...all.slice(start), ...all.slice(0, start)].slice(0, count);
}
