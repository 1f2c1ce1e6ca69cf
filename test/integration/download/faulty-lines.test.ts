import { beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DownloadEvent } from '../../../src/cli/download/events.js';
import { CliError, EXIT } from '../../../src/cli/cli-error.js';
import { listening } from '../../helpers/closing.js';
import {
  linkOf,
  pausingClock,
  startDownloading,
  WANTED,
  type Downloading,
} from '../../helpers/downloading.js';
import {
  startStore,
  type ScriptedStore,
  type StoreAnswer,
  type StoreRequest,
} from '../../helpers/scripted-store.js';

const content = randomBytes(3_000_000);
const sha256 = createHash('sha256').update(content).digest('hex');

let downloading: Downloading;
let store: ScriptedStore;

beforeEach(() => {
  downloading = startDownloading();
});

async function serve(script?: (request: StoreRequest) => StoreAnswer | undefined): Promise<void> {
  store = await startStore(content, script);
}

const url = (): string => `${store.origin}/files/shop.bak?signature=secret`;
const saved = (): Promise<Buffer> => readFile(join(downloading.dir, 'shop.bak'));
const kinds = (kind: DownloadEvent['kind']): DownloadEvent[] =>
  downloading.events.filter((event) => event.kind === kind);

function expectWhole(bytes: Buffer): void {
  expect(bytes.equals(content)).toBe(true);
}

test('A good line takes one request, and leaves the file alone in the folder', async () => {
  await serve();
  const files = await downloading.run(linkOf(url(), { sizeBytes: content.length, sha256 }));
  expectWhole(await saved());
  expect(await readdir(downloading.dir)).toEqual(['shop.bak']);
  expect(store.requests).toHaveLength(1);
  expect(store.requests[0]?.headers['accept-encoding']).toBe('identity');
  const size = content.length;
  expect(files).toMatchObject([
    { outcome: 'downloaded', sizeBytes: size, runBytes: size, sha256, verified: true },
  ]);
});

test('Each range is requested once, with its version', async () => {
  await serve();
  await downloading.run(linkOf(url(), { sizeBytes: content.length, sha256 }), { parallel: 4 });
  expectWhole(await saved());
  const ranges = store.requests.map(({ headers }) => headers.range).sort();
  expect(ranges).toEqual([
    'bytes=0-749999',
    'bytes=1500000-2249999',
    'bytes=2250000-2999999',
    'bytes=750000-1499999',
  ]);
  for (const { headers } of store.requests.slice(1)) {
    expect(headers).toMatchObject({ 'if-match': '"v1"', 'if-range': '"v1"' });
  }
});

test('Requests that follow each other share a connection', async () => {
  await serve();
  const files = ['a.bak', 'b.bak', 'c.bak'].map((fileName) => ({ ...WANTED, fileName }));
  await downloading.run(linkOf(url(), { sizeBytes: content.length, sha256 }), { files });
  expect(store.requests).toHaveLength(3);
  // One more where a request begins before the connection of the last one is free.
  expect(store.connections()).toBeLessThan(store.requests.length);
});

test.each([1, 4])(
  'A line that is cut 20 times gives the file with %s ranges at a time',
  async (parallel) => {
    let cuts = 0;
    await serve(({ range }) => {
      if (cuts >= 20) return undefined;
      cuts += 1;
      const length = range!.end - range!.start;
      return { cutAfter: 1 + Math.floor(Math.random() * Math.min(40_000, length - 1)) };
    });
    await downloading.run(linkOf(url()), { parallel, retries: 5 });
    expectWhole(await saved());
    expect(cuts).toBe(20);
    // Each break came after progress, so each pause is a first one.
    const pauses = kinds('line-broke').map((event) => 'retryInMs' in event && event.retryInMs);
    expect(new Set(pauses)).toEqual(new Set([1000]));
  },
);

describe('A link', () => {
  test('that ends before each pause does is renewed ten times in one download', async () => {
    const clock = pausingClock();
    await serve(() => ({ cutAfter: 250_000 }));
    const issue = () => {
      const expiresAt = new Date(clock.now() + 1000);
      return Promise.resolve(linkOf(`${url()}&n=${downloading.links.count}`, { expiresAt }));
    };
    await downloading.run(issue, { parallel: 1, timeoutMs: 1e9 }, { clock, stallMs: 1e9 });
    expectWhole(await saved());
    expect(kinds('link-renewed').length).toBeGreaterThanOrEqual(10);
    const asked = store.requests.map((request) => request.url);
    // The last one asks whether it is still the same file.
    expect(new Set(asked).size).toBeGreaterThanOrEqual(asked.length - 1);
  });

  test('that is refused in the middle is renewed at once, which is no failure', async () => {
    let broken = 0;
    await serve(({ url: asked }) => {
      if (asked.endsWith('n=1') && broken === 0) return { cutAfter: 700_000 + broken++ };
      return asked.endsWith('n=1') ? { status: 403, body: '<Code>AccessDenied</Code>' } : undefined;
    });
    await downloading.run(() => Promise.resolve(linkOf(`${url()}&n=${downloading.links.count}`)), {
      retries: 1,
    });
    expectWhole(await saved());
    expect(kinds('line-broke')).toHaveLength(1);
    expect(kinds('link-renewed')).toHaveLength(1);
  });

  test('that is refused each time it was just issued ends as refused', async () => {
    await serve(() => ({ status: 403, body: '<Error><Code>SignatureDoesNotMatch</Code></Error>' }));
    await downloading.failsWith(3, '403 SignatureDoesNotMatch', () =>
      Promise.resolve(linkOf(`${url()}&n=${downloading.links.count}`)),
    );
    expect(store.requests.length).toBeLessThan(10);
  });

  test('is not asked for again after breaks', async () => {
    let cuts = 0;
    await serve(() => (cuts++ < 13 ? { cutAfter: 150_000 } : undefined));
    await downloading.run(linkOf(url()), { parallel: 1 });
    expectWhole(await saved());
    expect(kinds('line-broke')).toHaveLength(13);
    expect(downloading.links.count).toBe(1);
  });

  test('is asked for less and less often where nothing answers', async () => {
    await serve(() => ({ refuse: true }));
    await downloading.fail(linkOf(url()), { retries: 8 }, { clock: pausingClock() });
    // At the start, and after 1, 2, 4 and 8 failures.
    expect(downloading.links.count).toBe(5);
  });

  test('leads to where the store moves in the middle', async () => {
    await serve(() => ({ cutAfter: 200_000 }));
    const old = store;
    await downloading.run(
      async () => {
        if (downloading.links.count > 1) store = await startStore(content);
        return linkOf(url());
      },
      { parallel: 4 },
      {
        emit: (event) => {
          downloading.events.push(event);
          // From here on, nobody is at the old address.
          if (event.kind === 'line-broke') void old.close();
        },
      },
    );
    expectWhole(await saved());
    expect(kinds('link-renewed')).toHaveLength(1);
  });

  test('that the service gives only after a while is waited for', async () => {
    await serve();
    await downloading.run(() =>
      downloading.links.count < 4
        ? Promise.reject(new Error('The service is busy.'))
        : Promise.resolve(linkOf(url())),
    );
    expectWhole(await saved());
    expect(kinds('line-broke')[2]).toMatchObject({
      reason: 'no link: The service is busy.',
      attempt: 3,
      retryInMs: 4000,
    });
  });

  test('that the service refuses ends at once', async () => {
    await serve();
    const refusal = new CliError(EXIT.refused, 'No right.');
    expect(await downloading.fail(() => Promise.reject(refusal))).toBe(refusal);
    expect(downloading.links.count).toBe(1);
  });

  test('and its secret appear in no output or file', async () => {
    await serve(() => ({ cutAfter: 100_000 }));
    const stop = new AbortController();
    await downloading.fail(
      linkOf(url()),
      {},
      {
        signal: stop.signal,
        emit: (event) => {
          downloading.events.push(event);
          if (kinds('line-broke').length > 3) stop.abort();
        },
      },
    );
    const state = await readFile(join(downloading.dir, 'shop.bak.part.json'), 'utf8');
    expect(state).toContain('"etag":"\\"v1\\""');
    expect(state + JSON.stringify(downloading.events)).not.toContain('secret');
  });
});

test('An object in cold storage ends with what to do, after one request', async () => {
  const body = '<Error><Code>InvalidObjectState</Code></Error>';
  await serve(() => ({ status: 403, body }));
  await downloading.failsWith(4, 'cold storage: restore it', linkOf(url()));
  expect(store.requests).toHaveLength(1);
});

describe('A file that is replaced in the middle', () => {
  test.each([
    ['is reported by 412', true],
    ['is seen by its ETag where the store ignores conditions', false],
  ])('%s', async (_name, knowsConditions) => {
    await serve(({ index }) => {
      if (index === 0) return { cutAfter: 500_000 };
      store.etag = '"v2"';
      return knowsConditions ? undefined : { status: 206 };
    });
    await downloading.failsWith(6, '--restart', linkOf(url()));
    expect(existsSync(join(downloading.dir, 'shop.bak'))).toBe(false);
    // The same command says the same; with --restart it goes.
    expect(await downloading.fail(linkOf(url()))).toMatchObject({ exitCode: 6 });
    await downloading.run(linkOf(url()), { restart: true });
    expectWhole(await saved());
  });

  test('is seen by what the service tells with the next link', async () => {
    await serve(({ index }) => (index === 0 ? { cutAfter: 500_000 } : { status: 403 }));
    const error = await downloading.fail(() =>
      Promise.resolve(linkOf(url(), { sha256: downloading.links.count === 1 ? sha256 : 'other' })),
    );
    expect(error).toMatchObject({ exitCode: 6 });
  });
});

describe('A server without ranges', () => {
  test('is read in one stream, with one request', async () => {
    await serve();
    store.ranges = false;
    await downloading.run(linkOf(url(), { sizeBytes: content.length, sha256 }), { parallel: 4 });
    expectWhole(await saved());
    expect(store.requests).toHaveLength(1);
    expect(kinds('file-started')).toMatchObject([{ parallel: 1 }]);
  });

  test('is read from the beginning after a break, which is said', async () => {
    await serve(({ index }) => (index < 3 ? { cutAfter: 1_000_000 * (index + 0.5) } : undefined));
    store.ranges = false;
    await downloading.run(linkOf(url()), { parallel: 4 });
    expectWhole(await saved());
    expect(kinds('started-over').length).toBeGreaterThanOrEqual(1);
  });

  test('that never sends all of it is given up after five streams', async () => {
    await serve(() => ({ cutAfter: content.length / 2 }));
    store.ranges = false;
    await downloading.failsWith(5, 'only sends the file from the start', linkOf(url()), {
      parallel: 4,
    });
    expect(store.requests.length).toBeLessThan(9);
  });

  test.each([
    ['size', { sizeBytes: content.length }],
    ['SHA-256', { sha256 }],
  ])('that ends a body by closing the line serves where the %s is known', async (_name, told) => {
    const plain = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write('HTTP/1.0 200 OK\r\n\r\n');
        socket.end(content);
      });
    });
    const { origin } = await listening(plain);
    await downloading.run(linkOf(`${origin}/x`, told));
    expectWhole(await saved());
  });

  test('and without a length is read to its end', async () => {
    await serve(() => ({ headers: { 'Content-Length': undefined } }));
    store.ranges = false;
    await downloading.run(linkOf(url()));
    expectWhole(await saved());
  });
});

test('Without an ETag, parts are joined only where the service tells the SHA-256', async () => {
  await serve(({ index }) => (index === 0 ? { cutAfter: 500_000 } : undefined));
  store.etag = null;
  store.lastModified = null;
  await downloading.run(linkOf(url()));
  expectWhole(await saved());
  expect(store.requests.at(-2)?.range).toBeNull();

  const before = store.requests.length;
  await downloading.run(linkOf(url(), { sha256 }), { target: 'other.bak', parallel: 4 });
  expect(store.requests.slice(before).map(({ range }) => range)).not.toContain(null);
});

test.each([1, 4])(
  'A file that still grows is seen at the end, with %s connections',
  async (parallel) => {
    await serve(({ range }) => {
      if (range?.end === content.length) queueMicrotask(() => grow());
      return undefined;
    });
    const grow = (): void => {
      store.content = Buffer.concat([content, content]);
    };
    store.etag = null;
    await downloading.failsWith(
      6,
      `it had ${content.length} bytes and has ${content.length * 2}`,
      linkOf(url()),
      { parallel },
    );
    expect(await readdir(downloading.dir)).not.toContain('shop.bak');
  },
);

test('A length against the word of the service is no file', async () => {
  await serve();
  await downloading.failsWith(
    6,
    `it had ${content.length + 1} bytes`,
    linkOf(url(), { sizeBytes: content.length + 1 }),
  );
});

test('Other bytes than the SHA-256 tells are kept under another name', async () => {
  await serve();
  await downloading.failsWith(6, sha256, linkOf(url(), { sha256: 'a'.repeat(64) }));
  expect(await readdir(downloading.dir)).toEqual(['shop.bak.mismatch']);
  await downloading.fail(linkOf(url(), { sha256: 'a'.repeat(64) }));
  expect(await readdir(downloading.dir)).toEqual(['shop.bak.mismatch', 'shop.bak.mismatch-2']);
});

test('A line that stands still is cut and tried again', async () => {
  await serve(({ index }) => (index === 0 ? { stallAfter: 600_000 } : undefined));
  await downloading.run(linkOf(url()), {}, { stallMs: 500 });
  expectWhole(await saved());
  expect(kinds('line-broke')).toMatchObject([{ reason: 'the store stopped sending', attempt: 1 }]);
});

describe('Giving up', () => {
  test('comes after an hour without a byte, and says how to resume', async () => {
    await serve(({ index }) => (index === 0 ? { cutAfter: 500_000 } : { refuse: true }));
    const error = await downloading.fail(linkOf(url()), {}, { clock: pausingClock() });
    expect(error).toMatchObject({ exitCode: 5 });
    expect(error.message).toContain('nothing came for 60 min');
    expect(error.message).toContain('same command again');
    expect(error.message).not.toContain('secret');
    const attempts = kinds('line-broke').map((event) => 'attempt' in event && event.attempt);
    expect(attempts.length).toBeGreaterThan(10);
  });

  test('on a store that cannot be reached names its origin alone, and what to set', async () => {
    await serve();
    await store.close();
    const error = await downloading.fail(linkOf(url()), { retries: 1, target: 'new/' });
    expect(await readdir(downloading.dir)).toEqual([]);
    const reason = `nothing listens at the address of the store: ${store.origin}`;
    expect(kinds('line-broke')).toMatchObject([{ reason }]);
    expect(error.message).toContain(
      `(${reason}): check the network, try with or without --internal`,
    );
    expect(error.message).toContain('EMBEDDED_PUBLIC_URL');
  });

  test('comes for one range by its own count, and what the others fetched is kept', async () => {
    await serve(({ range }) =>
      range!.start === 1_500_000 ? { status: 503 } : { cutAfter: 100_000 },
    );
    const error = await downloading.fail(linkOf(url()), { parallel: 4, retries: 5 });
    expect(error).toMatchObject({ exitCode: 5 });
    const { state } = JSON.parse(
      await readFile(join(downloading.dir, 'shop.bak.part.json'), 'utf8'),
    );
    expect(state.done.length).toBeGreaterThan(0);
    const before = store.requests.length;
    await store.close();
    await serve();
    await downloading.run(linkOf(url()), { parallel: 4 });
    expectWhole(await saved());
    expect(before).toBeGreaterThan(5);
    const missing = state.done.reduce(
      (left: number, [start, end]: [number, number]) => left - (end - start),
      content.length,
    );
    expect(downloading.events.at(-1)).toMatchObject({ kind: 'file-done', runBytes: missing });
  });
});

test('A busy store is retried after the time it names', async () => {
  await serve(({ index }) =>
    index === 0 ? { status: 503, headers: { 'Retry-After': '7' } } : undefined,
  );
  await downloading.run(linkOf(url()));
  expectWhole(await saved());
  expect(kinds('line-broke')).toMatchObject([{ reason: 'the store answers 503', retryInMs: 7000 }]);
});

describe('A redirect', () => {
  test.each([301, 302, 303, 307, 308])('with %d is followed, with the range', async (status) => {
    await serve(({ url: asked }) =>
      asked.startsWith('/files') ? { status, headers: { Location: '/moved?x=1' } } : undefined,
    );
    await downloading.run(linkOf(url(), { sizeBytes: content.length, sha256 }), { parallel: 3 });
    expectWhole(await saved());
    const moved = store.requests.filter(({ url: asked }) => asked === '/moved?x=1');
    expect(moved).toHaveLength(3);
    expect(moved.every(({ range, headers }) => range !== null && !headers.authorization)).toBe(
      true,
    );
  });

  test.each([
    ['in a circle', '/files/shop.bak', /redirects more than 5 times/],
    ['to a file', 'file:///etc/passwd', /other than an http or https address/],
    ['to nothing', 'http://[', /other than an http or https address/],
  ])('that leads %s ends it at once, and is not shown', async (_name, location, message) => {
    await serve(() => ({ status: 302, headers: { Location: location } }));
    const error = await downloading.fail(linkOf(url()));
    expect(error).toMatchObject({ exitCode: 5, message: expect.stringMatching(message) });
    expect(error.message).not.toContain('passwd');
    expect(store.requests.length).toBeLessThanOrEqual(6);
    expect(await readdir(downloading.dir)).not.toContain('shop.bak');
  });
});

describe('Content-Encoding', () => {
  test.each(['gzip', 'aws-chunked,gzip'])(
    '%s that the file is kept with is left alone',
    async (encoding) => {
      await serve(({ index }) => ({
        headers: { 'Content-Encoding': encoding },
        ...(index === 1 && { cutAfter: 100 }),
      }));
      await downloading.run(linkOf(url(), { sizeBytes: content.length, sha256 }), { parallel: 4 });
      expectWhole(await saved());
      await downloading.run(linkOf(url()), { parallel: 4, target: 'cloud.bak' });
      expectWhole(await readFile(join(downloading.dir, 'cloud.bak')));
    },
  );

  test('that was made on the way is refused', async () => {
    await serve(() => ({
      status: 200,
      headers: { 'Content-Encoding': 'gzip', 'Content-Length': undefined },
    }));
    for (const told of [{}, { sizeBytes: content.length }]) {
      await downloading.failsWith(5, 'compresses', linkOf(url(), told), { restart: true });
    }
    expect(existsSync(join(downloading.dir, 'shop.bak'))).toBe(false);
  });
});
