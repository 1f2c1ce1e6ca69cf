import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { temporaryFolder } from '../../helpers/closing.js';
import { runCli } from '../../helpers/cli.js';
import { patientClock } from '../../helpers/downloading.js';
import { type Product, startProduct } from '../../helpers/product.js';
import { describeWithSwift, startSwift, type Swift } from '../../helpers/swift.js';
import { until } from '../../helpers/until.js';

const INSTANCE = 'cn-north-1/sqlserver-1';
const OBJECT = `own/${INSTANCE}/bk-1/files/shop.bak`;
const content = randomBytes(3_000_000);
const replaced = randomBytes(3_000_000);

/** What a line does to one download: passes so many bytes and breaks, or refuses it. */
interface Fault {
  readonly after?: number;
  readonly then?: 'break';
  readonly status?: 403 | 503;
}

/** A line to the store; `fault` is asked before each download. */
async function startLine(target: string) {
  const requests: { url: string; headers: Record<string, unknown> }[] = [];
  const line = {
    requests,
    fault: (() => undefined) as (index: number) => Fault | undefined,
    origin: '',
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  const server = createServer((request, response) => {
    const { method, url = '', headers } = request;
    requests.push({ url, headers });
    const { status, after = Infinity, then } = line.fault(requests.length - 1) ?? {};
    if (status !== undefined) {
      response.writeHead(status).end('<Error><Code>AccessDenied</Code></Error>');
      return;
    }
    // Keeps the signed host.
    const passed = forward(target + url, { method, headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 0, reply.headers);
      let left = after;
      reply.on('data', (chunk: Buffer) => {
        if (left <= 0) return;
        response.write(chunk.subarray(0, left), () => {
          if (left <= 0 && then === 'break') response.destroy();
        });
        left -= chunk.length;
      });
      reply.on('end', () => {
        if (left > 0) response.end();
      });
    });
    passed.on('error', () => response.destroy());
    passed.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  line.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return line;
}

describeWithSwift('backups get from a bucket', () => {
  let folder: string;
  let swift: Swift;
  let line: Awaited<ReturnType<typeof startLine>>;
  let product: Product;
  let bucket: string;
  let cwd: string;

  beforeAll(async () => {
    folder = temporaryFolder();
    swift = await startSwift();
  });

  beforeEach(async () => {
    bucket = await swift.createBucket();
    await swift.fill(bucket, { [`own/${INSTANCE}/instance.json`]: '{"engine": "SQL Server"}' });
    await swift.put(bucket, OBJECT, content);
    line = await startLine(swift.endpoint);
    product = await startProduct({
      ...swift.settings(bucket, 'own'),
      EMBEDDED_PUBLIC_URL: line.origin,
      LINK_REUSE: '0',
    });
    cwd = await mkdtemp(join(folder, 'here-'));
  });

  afterEach(async () => {
    await line.close();
  });

  const get = (...args: string[]) =>
    runCli(['get', `${INSTANCE}/bk-1`, ...args], {
      cwd,
      env: { BACKUPS_URL: product.origin },
      sleep: patientClock().sleep,
    });

  async function expectWhole(expected: Buffer = content): Promise<void> {
    expect((await readFile(join(cwd, 'shop.bak'))).equals(expected)).toBe(true);
    expect(await readdir(cwd)).toEqual(['shop.bak']);
  }

  it('survives a line that breaks 20 times', async () => {
    line.fault = (index) =>
      index < 20 ? { after: 1 + Math.floor(Math.random() * 100_000), then: 'break' } : undefined;
    expect(await get('--parallel', '4')).toMatchObject({ code: 0 });
    await expectWhole();
    expect(line.requests.length).toBeGreaterThan(20);
    const etags = new Set(line.requests.slice(4).map(({ headers }) => headers['if-match']));
    expect([...etags]).toEqual([expect.stringMatching(/^"[0-9a-f]{32}"$/)]);
  });

  it('asks for another link where the store refuses one that it took before', async () => {
    let issuedBefore = 0;
    line.fault = (index) => {
      if (index === 0) return { after: 500_000, then: 'break' };
      if (index > 1) return undefined;
      issuedBefore = product.audit().length;
      // Only once: two links of the same second are equal.
      return { status: 403 };
    };
    expect(await get()).toMatchObject({ code: 0 });
    expect(product.audit()).toHaveLength(issuedBefore + 1);
    await expectWhole();
    // The last one asks whether it is still the same file.
    expect(line.requests.at(-2)?.headers['range']).toMatch(/^bytes=\d{5,}-/);
  });

  it('never joins two versions of an object', async () => {
    let replacing: Promise<void> | undefined;
    line.fault = (index) => {
      if (index === 0) return { after: 500_000, then: 'break' };
      // The object is replaced before the line is there again.
      replacing ??= swift.put(bucket, OBJECT, replaced);
      return { status: 503 };
    };
    const running = get('--parallel', '1');
    await until(() => Promise.resolve(replacing !== undefined));
    await replacing;
    line.fault = () => undefined;
    const { code, stderr } = await running;
    expect(code).toBe(6);
    expect(stderr).toContain('--restart');
    expect(await readdir(cwd)).not.toContain('shop.bak');
    expect(await get('--restart')).toMatchObject({ code: 0 });
    await expectWhole(replaced);
  });
});
