import { beforeEach, describe, expect, it } from '@jest/globals';
import { BackupLinkDocument, type BackupLinkQueryVariables } from '../generated/operations.js';
import { useProduct } from '../helpers/product.js';
import { ok } from '../helpers/scripted-replies.js';
import {
  backupRow,
  instanceRow,
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
  SQL_INSTANCE,
} from '../helpers/upstream-rows.js';
import { connections } from './connections.js';
import { type DownloadLink, isStale, titleOf } from './recipes/link.js';

const SQL_FILE = { id: `${REGION}/${SQL_INSTANCE}/sql-1`, fileName: 'shop.bak' };
const MYSQL_SET = { id: `${REGION}/${MYSQL_INSTANCE}/my-1` };
const LIFE_MS = 300_000;

let now: number;

const { product, upstream } = await useProduct({
  instances: [instanceRow(), mySqlInstanceRow()],
  backups: [
    backupRow({ backupId: 'sql-1' }),
    mySqlBackupRow({ backupId: 'my-1' }),
    mySqlBackupRow({ backupId: 'my-2' }),
  ],
});

beforeEach(() => {
  now = Date.parse('2026-11-25T10:00:00Z');
  upstream.handle('describeBackupDownloadURL', ({ backupId }) =>
    ok({ publicURL: storeLink(backupId), internalURL: '' }),
  );
});

const storeLink = (backupId = ''): string =>
  `https://oss.example/${backupId}?Expires=${(now + LIFE_MS) / 1000}&Signature=a+b/c==`;
const linkCalls = () => upstream.calls('describeBackupDownloadURL').length;

describe.each(connections)('%s', (_name, connect) => {
  const open = () => {
    const ask = connect(`${product.origin}/graphql`);
    return async (variables: BackupLinkQueryVariables) => {
      const { data, failures } = await ask(BackupLinkDocument, variables);
      return { link: data?.backup?.downloadURL ?? null, failures };
    };
  };

  it('gets the link of a SQL Server file with all fields of both fragments', async () => {
    const { link, failures } = await open()(SQL_FILE);
    expect(failures).toEqual([]);
    expect(link).toEqual({
      __typename: 'SqlServerBackupDownloadURL',
      fileName: 'shop.bak',
      databaseName: 'shop',
      publicURL: storeLink('sql-1'),
      internalURL: null,
      available: true,
      expiresAt: '2026-11-25T10:05:00Z',
      sizeBytes: null,
      sha256: null,
    });
    expect(titleOf(link!)).toBe('shop.bak, database shop');
  });

  it('gets the link of a MySQL backup', async () => {
    const { link } = await open()(MYSQL_SET);
    expect(link).toEqual({
      __typename: 'MySqlBackupDownloadURL',
      publicURL: storeLink('my-1'),
      internalURL: null,
      available: true,
      expiresAt: '2026-11-25T10:05:00Z',
      sizeBytes: null,
      sha256: null,
    });
    expect(titleOf(link!)).toBe('the whole backup set');
  });

  it('receives an unavailable link as data', async () => {
    upstream.handle('describeBackupDownloadURL', ok({ publicURL: '', internalURL: '' }));
    const { link, failures } = await open()(MYSQL_SET);
    expect(failures).toEqual([]);
    expect(link).toMatchObject({ available: false, publicURL: null, expiresAt: null });
    expect(isStale(link!, now)).toBe(true);
  });

  it('keeps the links of two backups apart', async () => {
    const ask = open();
    const answers = await Promise.all([
      ask(MYSQL_SET),
      ask({ id: `${REGION}/${MYSQL_INSTANCE}/my-2` }),
    ]);
    expect(answers.map(({ link }) => link?.publicURL)).toEqual([
      storeLink('my-1'),
      storeLink('my-2'),
    ]);
    expect(linkCalls()).toBe(2);
  });

  it('requests a new link 30 s before the old one expires, and not earlier', async () => {
    const ask = open();
    let held: DownloadLink | null = null;
    const click = async () => {
      if (held === null || isStale(held, now)) held = (await ask(MYSQL_SET)).link;
      return held?.expiresAt;
    };
    expect(await click()).toBe('2026-11-25T10:05:00Z');
    now += LIFE_MS - 31_000;
    expect(await click()).toBe('2026-11-25T10:05:00Z');
    expect(linkCalls()).toBe(1);
    now += 1000;
    expect(await click()).toBe('2026-11-25T10:09:30Z');
    expect(linkCalls()).toBe(2);
  });

  it('returns null for a backup that does not exist', async () => {
    const { link, failures } = await open()({ id: `${REGION}/${MYSQL_INSTANCE}/gone` });
    expect({ link, failures }).toEqual({ link: null, failures: [] });
    expect(linkCalls()).toBe(0);
  });
});

/** Not called: it compiles only if the union is typed and every member handled. */
export function titleWithoutMySql(link: DownloadLink): unknown {
  if (link.__typename === 'SqlServerBackupDownloadURL') return link.fileName;
  // @ts-expect-error MySqlBackupDownloadURL is left out
  return link satisfies never;
}
