import { beforeEach, describe, expect, it } from '@jest/globals';
import { linkExpiry } from '../../../../src/domain/link-expiry.js';
import { Secret } from '../../../../src/config/secret.js';
import { openTestBucket, type TestBucketStore } from '../../../helpers/bucket-store.js';
import {
  listing,
  refusal,
  type ScriptedStore,
  startScriptedStore,
} from '../../../helpers/scripted-s3.js';

const ID = 'r/mysql-1/bk-1';
const KEY = `own/${ID}/files/set.sql`;
const MINUTE = 60_000;

let store: ScriptedStore;
let bucket: TestBucketStore;
beforeEach(async () => {
  store = await startScriptedStore({
    'own/r/mysql-1/instance.json': '{"engine": "MySQL"}',
    [KEY]: 'content',
  });
});

/** Milliseconds a link still works, by the clock of the store. */
const left = (link: string, clock = 0): number =>
  linkExpiry({ publicUrl: link, internalUrl: null, issuedAt: new Date() })!.getTime() -
  (Date.now() + clock);

describe('an object in cold storage', () => {
  const hours = (count: number): string => new Date(Date.now() + count * 60 * MINUTE).toUTCString();

  it.each<readonly [string, Record<string, string>]>([
    ['GLACIER', { 'x-amz-storage-class': 'GLACIER' }],
    ['DEEP_ARCHIVE', { 'x-amz-storage-class': 'DEEP_ARCHIVE' }],
    [
      'being restored',
      { 'x-amz-storage-class': 'GLACIER', 'x-amz-restore': 'ongoing-request="true"' },
    ],
    [
      'archived by access',
      {
        'x-amz-storage-class': 'INTELLIGENT_TIERING',
        'x-amz-archive-status': 'ARCHIVE_ACCESS',
      },
    ],
  ])('has no link: %s', async (_, headers) => {
    bucket = await openTestBucket(store.config());
    store.objects.set(KEY, { body: 'content', headers });
    expect(await bucket.link(ID)).toBeNull();
  });

  it('has a link that ends with its restored copy', async () => {
    bucket = await openTestBucket(store.config());
    const restore = `ongoing-request="false", expiry-date="${hours(0.5)}"`;
    const headers = { 'x-amz-storage-class': 'GLACIER', 'x-amz-restore': restore };
    store.objects.set(KEY, { body: 'content', headers });
    const link = (await bucket.link(ID, 3600))!.publicURL;
    expect(left(link)).toBeLessThanOrEqual(30 * MINUTE);
    expect(left(link)).toBeGreaterThan(29 * MINUTE);
  });

  it.each(['GLACIER_IR', 'STANDARD_IA', 'NEVER_HEARD_OF'])('%s is read at once', async (name) => {
    bucket = await openTestBucket(store.config());
    store.objects.set(KEY, { body: 'content', headers: { 'x-amz-storage-class': name } });
    expect(await bucket.link(ID)).not.toBeNull();
  });
});

describe('a host whose clock is not that of the store', () => {
  it.each([-20 * MINUTE, 20 * MINUTE, 40_000])('%i ms: links end by the store', async (clock) => {
    store.setClock(clock);
    bucket = await openTestBucket(store.config());
    const link = (await bucket.link(ID, 60))!.publicURL;
    expect(left(link, clock)).toBeGreaterThan(55_000);
    expect(left(link, clock)).toBeLessThanOrEqual(61_000);
    expect(bucket.told('clocks of the store')).toHaveLength(1);
    await bucket.link(ID);
    expect(bucket.told('clocks of the store')).toHaveLength(1);
  });

  it('is not moved by answers of caches and of proxies', async () => {
    bucket = await openTestBucket(store.config({ refreshMs: 5 }));
    store.intercept(({ operation }) => {
      if (operation !== 'list') return undefined;
      const page = listing([KEY], store.objects);
      return { ...page, headers: { Date: new Date(0).toUTCString(), Age: '7200' } };
    });
    await bucket.link(ID);
    let isFirst = true;
    store.intercept(({ operation }) => {
      if (operation !== 'head' || !isFirst) return undefined;
      isFirst = false;
      return { ...refusal(502, 'BadGateway'), headers: { Date: new Date(0).toUTCString() } };
    });
    const link = (await bucket.link(ID, 60))!.publicURL;
    expect(left(link)).toBeGreaterThan(55_000);
    expect(left(link)).toBeLessThanOrEqual(60_000);
    expect(bucket.told('clocks')).toEqual([]);
  });
});

describe('what is signed', () => {
  it.each<readonly [string, string]>([
    ['http://store.test:80', 'http://store.test/backups/own/'],
    ['https://files.example:443/', 'https://files.example/backups/own/'],
    ['HTTP://Store.Test/', 'http://store.test/backups/own/'],
    ['http://127.0.0.1:8080/s3/', 'http://127.0.0.1:8080/s3/backups/own/'],
    ['http://127.0.0.1:8080/a/b', 'http://127.0.0.1:8080/a/b/backups/own/'],
    ['http://[::1]:8080', 'http://[::1]:8080/backups/own/'],
    ['http://store.test:443/', 'http://store.test:443/backups/own/'],
  ])('for %s', async (publicUrl, beginning) => {
    bucket = await openTestBucket(store.config(), { publicUrl });
    const { publicURL, internalURL } = (await bucket.link(ID))!;
    expect(publicURL.startsWith(beginning)).toBe(true);
    expect(internalURL.startsWith(`${store.endpoint}/backups/own/`)).toBe(true);
    expect([...new URL(publicURL).searchParams.keys()].sort()).toEqual([
      'X-Amz-Algorithm',
      'X-Amz-Content-Sha256',
      'X-Amz-Credential',
      'X-Amz-Date',
      'X-Amz-Expires',
      'X-Amz-Signature',
      'X-Amz-SignedHeaders',
      'response-content-disposition',
      'x-id',
    ]);
    expect(new URL(publicURL).searchParams.get('X-Amz-SignedHeaders')).toBe('host');
  });

  it('has the bucket in the host if so configured', async () => {
    bucket = await openTestBucket(store.config({ addressing: 'virtual' }), {
      publicUrl: 'https://s3.example',
    });
    expect((await bucket.link(ID))?.publicURL).toMatch(/^https:\/\/backups\.s3\.example\/own\//);
  });

  it('is not moved by what the variables of the SDK say of checksums', async () => {
    const { env } = process;
    process.env = { ...env, AWS_RESPONSE_CHECKSUM_VALIDATION: 'WHEN_SUPPORTED' };
    try {
      bucket = await openTestBucket(store.config());
      expect((await bucket.link(ID))?.publicURL).not.toMatch(/checksum/i);
    } finally {
      process.env = env;
    }
  });

  it('tells no line end and no quote of a name to the store', async () => {
    const name = 'a"\u0085b\\c; x=é.sql';
    store.objects.set(`own/r/mysql-1/bk-2/backup.json`, {
      body: `{"objects": ["x/${name.replace('\u0085', '').replaceAll('\\', '\\\\').replace('"', '\\"')}"]}`,
    });
    store.objects.set(`x/${name.replace('\u0085', '')}`, { body: 'x' });
    bucket = await openTestBucket(store.config());
    const { searchParams } = new URL((await bucket.link('r/mysql-1/bk-2'))!.publicURL);
    expect(searchParams.get('response-content-disposition')).toMatch(/^attachment; [ -~]*$/);
  });
});

describe('temporary credentials', () => {
  const withEnd = (ms: number) => ({
    credentials: {
      accessKeyId: 'AKTEMPORARY',
      secretAccessKey: new Secret('secret'),
      securityToken: new Secret('a token/with+signs='),
      expiresAt: new Date(Date.now() + ms),
    },
  });

  it('end a link with themselves', async () => {
    bucket = await openTestBucket(store.config(withEnd(10 * MINUTE)));
    const link = (await bucket.link(ID, 3600))!.publicURL;
    expect(left(link)).toBeLessThanOrEqual(10 * MINUTE);
    expect(left(link)).toBeGreaterThan(9 * MINUTE);
    expect(new URL(link).searchParams.get('X-Amz-Security-Token')).toBe('a token/with+signs=');
  });

  it('that have ended are no reason to hand out a link that is dead', async () => {
    await expect(openTestBucket(store.config(withEnd(-MINUTE)))).rejects.toThrow('EMBEDDED_BUCKET');
  });
});

it('tells the file as it is when the link is issued', async () => {
  bucket = await openTestBucket(store.config());
  const before = (await bucket.backup(ID))?.files[0];
  store.objects.set(KEY, { body: 'replaced by something longer' });
  const { file } = (await bucket.link(ID))!;
  expect(file.size).toBe(28);
  expect(file.version).not.toBe(before?.version);
});

it('tells the page which origins it reads files from', async () => {
  bucket = await openTestBucket(store.config(), { publicUrl: 'https://Files.example:443/s3/' });
  const { linkOrigins, served } = bucket.servedAt({ origin: '', localhost: '' });
  expect(linkOrigins).toEqual(['https://files.example', store.endpoint]);
  expect(served).toBeUndefined();
});
