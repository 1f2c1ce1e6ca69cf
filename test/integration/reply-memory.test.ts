import { describe, expect, it } from '@jest/globals';
import { createReplyMemory } from '../../src/upstream/reply-memory.js';
import { createOperations } from '../../src/upstream/operations/create-operations.js';
import { cloudAt, startProcess } from '../helpers/product-process.js';
import {
  type Handler,
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../helpers/scripted-upstream.js';
import { ok, raw, type Reply } from '../helpers/scripted-replies.js';
import { testClient } from '../helpers/upstream-client.js';
import { backupRow, REGION } from '../helpers/upstream-rows.js';

const MIB = 1024 * 1024;
/** A busy machine receives megabytes slowly. */
const PATIENT = { timeoutMs: 60_000, attemptTimeoutMs: 60_000 };
const { describeBackups } = createOperations({ timeZone: '+08:00' });
const pageOf = (number: number) =>
  describeBackups({ regionId: REGION, instanceId: `mssql-${number}`, pageNumber: 1 });

let upstream: ScriptedUpstream;

const startWith = async (list: Handler) => {
  upstream = await startScriptedUpstream({ handlers: { describeBackups: list } });
};

/** A page with rows for any instance, of about `bytes` bytes. */
function page(bytes: number): Reply {
  const name = 'n'.repeat(bytes / 100);
  const rows = Array.from({ length: 100 }, (_, row) =>
    backupRow({ backupId: `backup-${row}`, backupName: name, instanceId: undefined }),
  );
  return ok({ backup: rows, totalCount: rows.length });
}

/** A body of as many chunks as bytes, each with an extension. */
function crumbs(count: number): Reply {
  const [start, end] = ['{"result":{"backup":[],"totalCount":0,"padding":"', '"}}'];
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
  const crumb = `1;${'e'.repeat(1000)}\r\nx\r\n`;
  return raw(
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk(start)}${crumb.repeat(count)}${chunk(end)}0\r\n\r\n`,
  );
}

describe('replies that are received at the same time', () => {
  it('share one limit: those beyond it fail at once, without a retry', async () => {
    await startWith(page(MIB / 2));
    const memory = createReplyMemory(2.5 * MIB);
    const client = testClient({ ...PATIENT, origin: upstream.origin, memory });

    const ends = await Promise.allSettled(
      Array.from({ length: 24 }, (_, n) => client.send(pageOf(n))),
    );
    await client.close();

    const failures = ends.flatMap((end) =>
      end.status === 'rejected' ? [end.reason as unknown] : [],
    );
    expect(ends.length - failures.length).toBeGreaterThan(0);
    for (const failure of failures) {
      expect(failure).toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
        cause: { code: 'REPLY_MEMORY' },
      });
    }
    expect(upstream.calls().length).toBe(24);
    expect(memory.used()).toBe(0);
  });

  it('in chunks of a byte take no more memory than their bytes', async () => {
    const count = 20_000;
    await startWith(crumbs(count));
    const memory = createReplyMemory();
    const client = testClient({ ...PATIENT, origin: upstream.origin, memory });
    let most = 0;
    const before = process.memoryUsage().arrayBuffers;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }, 1);

    const { result, weight } = await client.send(pageOf(1));
    clearInterval(timer);
    await client.close();
    expect(result.totalCount).toBe(0);
    expect(weight).toBeLessThan(6 * count);
    // The chunks with their extensions are 20 MB, on their way through sockets of this process.
    expect(most).toBeLessThan(80 * MIB);
  });
});

it('a process with a heap of 256 MB survives 44 lists of 9.9 MB at once, and answers the next', async () => {
  const wild = page(9.9e6);
  await startWith((call) => (call.url.includes('wild') ? wild : page(1000)));
  const env = { UPSTREAM_TIMEOUT_MS: '60000', UPSTREAM_ATTEMPT_TIMEOUT_MS: '60000' };
  const product = await startProcess({ ...cloudAt(upstream.origin), ...env }, [
    '--max-old-space-size=256',
  ]);
  const query = (instances: readonly string[]) => {
    const fields = instances.map(
      (id, n) => `a${n}: backups(regionId: "${REGION}", instanceId: "${id}") { totalCount }`,
    );
    return product.query(`{ ${fields.join(' ')} }`);
  };

  const { data, errors } = await query(Array.from({ length: 44 }, (_, n) => `wild-${n}`));
  expect(errors).not.toHaveLength(0);
  expect(Object.keys(data)).toHaveLength(44);
  expect((await query(['calm'])).data['a0']).toEqual({ totalCount: 100 });
});
