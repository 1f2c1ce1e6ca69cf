import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { Backup } from '../../../../src/domain/backup.js';
import { type BackupKey, formatBackupId } from '../../../../src/domain/ids.js';
import type { LinkRequest } from '../../../../src/domain/link.js';
import {
  createBackupLoader,
  createFilterMemory,
} from '../../../../src/graphql/loaders/backup-loader.js';
import { createLinkLoader } from '../../../../src/graphql/loaders/link-loader.js';
import { createListings } from '../../../../src/graphql/loaders/listings.js';
import type { UpstreamClient } from '../../../../src/upstream/client.js';
import type { ApiOperation } from '../../../../src/upstream/operation.js';
import { createOperations } from '../../../../src/upstream/operations/create-operations.js';
import { linkOf } from '../../../helpers/links.js';
import { backupRow, REGION, SQL_INSTANCE } from '../../../helpers/upstream-rows.js';

const signal = new AbortController().signal;
const callerId = 'alice';

const keyOf = (number: number, instanceId = SQL_INSTANCE): BackupKey => ({
  regionId: REGION,
  instanceId,
  backupId: `b-${number}`,
});

const keys = (count: number) => Array.from({ length: count }, (_, i) => keyOf(i + 1));

/** Pseudo-random numbers in [0, 1), the same in each run (Park and Miller). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Resolves after up to ten turns of the event loop or of the microtask queue. */
async function check(random: () => number): Promise<void> {
  const turns = Math.floor(random() * 10);
  const byTurn = random() < 0.5;
  for (let turn = 0; turn < turns; turn += 1) await (byTurn ? nextTurn() : Promise.resolve());
}

/** Runs `load` for every key in random order, each after a check of its own. */
function loadChecked<Key, Value>(
  all: readonly Key[],
  load: (key: Key) => Promise<Value>,
  random: () => number,
): Promise<Value[]> {
  return Promise.all(
    all.map(async (key) => {
      await check(random);
      return load(key);
    }),
  );
}

/** An upstream with `total` backups per instance, which responds some turns later. */
function createUpstream(total: number, random: () => number) {
  const calls: ApiOperation<unknown>[] = [];
  const client: Pick<UpstreamClient, 'send'> = {
    async send(operation) {
      calls.push(operation);
      await check(random);
      const query = new Map(operation.query);
      const start = (Number(query.get('pageNumber')) - 1) * 100;
      const backup = keys(total)
        .slice(start, start + 100)
        .map(({ backupId }) => backupRow({ backupId, instanceId: query.get('instanceId') }));
      const now = new Date();
      return {
        result: operation.parse({ backup, totalCount: total }),
        requestId: undefined,
        sentAt: now,
        answeredAt: now,
        weight: 0,
      };
    },
  };
  return { client, calls };
}

function createLoader(total: number, random: () => number) {
  const { client, calls } = createUpstream(total, random);
  const operations = createOperations({ timeZone: '+08:00' });
  const loader = createBackupLoader(
    createListings({ client, operations, call: { signal, callerId } }),
    createFilterMemory(),
  );
  return { loader, calls };
}

const idOf = (backup: Backup | null) => backup?.id;

it.each([
  [4, 250],
  [5, 250],
  [6, 300],
])(
  'backups requested over many ticks cost one call per page of the list (order %d, %d backups)',
  async (seed, total) => {
    const random = createRandom(seed);
    const { loader, calls } = createLoader(total, random);
    const wanted = keys(total).sort(() => random() - 0.5);
    const found = await loadChecked(wanted, (key) => loader.load(key), random);
    expect(found.map(idOf)).toEqual(wanted.map(formatBackupId));
    expect(calls.map(({ name }) => name)).toEqual(
      Array.from({ length: Math.ceil(total / 100) }, () => 'describeBackups'),
    );
  },
);

it.each([1, 2, 3])(
  'links requested over many ticks are issued once each (order %d)',
  async (seed) => {
    const random = createRandom(seed);
    const asked: string[] = [];
    const loader = createLinkLoader({
      links: {
        atHand: () => undefined,
        async issue({ backup }) {
          asked.push(backup.backupId);
          await check(random);
          return { ...linkOf({ requestId: backup.backupId }), reused: false };
        },
      },
      maxLinks: 50,
      call: { signal, callerId },
      answer: { throwIfRefused: () => undefined },
    });
    const wanted: LinkRequest[] = [...keys(50), ...keys(50)].map((backup) => ({ backup }));
    const links = await loadChecked(wanted, async (request) => loader.load(request), random);
    expect(links.map(({ requestId }) => requestId)).toEqual(
      wanted.map(({ backup }) => backup.backupId),
    );
    expect(asked.sort()).toEqual(
      keys(50)
        .map(({ backupId }) => backupId)
        .sort(),
    );
  },
);
