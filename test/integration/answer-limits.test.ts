import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startProductAt } from '../helpers/product.js';
import { repeat } from '../helpers/query-shapes.js';
import { fail } from '../helpers/scripted-replies.js';
import { dataHandlers } from '../helpers/scripted-data.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { backupRow, instanceRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

/** Each of 1,000 files. */
const MANY = 'sqlserver-with-1000';
const FILES = Array.from({ length: 1000 }, (_, i) => `customer-database-${i}.bak`);
const SIXTY = 'sqlserver-with-60';
const LONG_NAMES = 'sqlserver-with-names';
const MAX_BYTES = 1024 * 1024;

let logged: number;

const backups = [
  ...Array.from({ length: 500 }, (_, i) => backupRow({ backupId: `b-${i}` })),
  ...Array.from({ length: 40 }, (_, i) =>
    backupRow({ instanceId: MANY, backupId: `m-${i}`, backupFiles: FILES }),
  ),
  ...Array.from({ length: 8 }, (_, i) =>
    backupRow({ instanceId: SIXTY, backupId: `s-${i}`, backupFiles: FILES.slice(0, 60) }),
  ),
  ...Array.from({ length: 20 }, (_, i) =>
    backupRow({ instanceId: LONG_NAMES, backupId: `l-${i}`, backupName: '订'.repeat(800) }),
  ),
];
const { describeBackups: pages } = dataHandlers({ backups, instances: [] });

const upstream = await startScriptedUpstream({
  instances: [instanceRow(), instanceRow({ instanceId: MANY }), instanceRow({ instanceId: SIXTY })],
  backups,
});

const product = await startProductAt(upstream.origin, {
  LOG_LEVEL: 'info',
  MAX_RESPONSE_BYTES: String(MAX_BYTES),
  UPSTREAM_MAX_RETRIES: '0',
  UPSTREAM_MAX_PER_MINUTE: '100000',
});

beforeEach(() => {
  logged = product.log.length;
});

const entities = (count: number, instance = SQL_INSTANCE, prefix = 'b') => ({
  r: Array.from({ length: count }, (_, i) => ({
    __typename: 'Backup',
    id: `${REGION}/${instance}/${prefix}-${i}`,
  })),
});
const REPRESENTED = (selection: string) =>
  `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Backup { ${selection} } } }`;

const linesOf = (message: string) =>
  product.log
    .slice(logged)
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === message);
const logBytes = () => product.log.slice(logged).join('').length;

describe('a response above MAX_RESPONSE_BYTES is rejected as a whole', () => {
  it.each<[what: string, document: string, variables: object]>([
    [
      'names of 2.4 KB, each in 44 aliases',
      REPRESENTED(repeat(44, (i) => `a${i}: name`)),
      entities(20, LONG_NAMES, 'l'),
    ],
    [
      'the files of 40 backups with 1,000 each',
      REPRESENTED('files { name }'),
      entities(40, MANY, 'm'),
    ],
    [
      'the files of one backup, each in 44 long aliases',
      REPRESENTED(`files { ${repeat(44, (i) => `${'a'.repeat(250)}${i}: name`)} }`),
      entities(1, MANY, 'm'),
    ],
  ])('%s', async (_what, document, variables) => {
    const { status, text } = await product.query(document, { ...variables });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toEqual({
      errors: [
        {
          message: `The response is too large; the limit is ${MAX_BYTES} bytes. Request less at once.`,
          extensions: { code: 'QUERY_TOO_COMPLEX' },
        },
      ],
    });
    expect(linesOf('operation')).toEqual([
      expect.objectContaining({ status: 400, codes: ['QUERY_TOO_COMPLEX'] }),
    ]);
    expect(logBytes()).toBeLessThan(2000);
    expect(product.audit()).toEqual([]);
  });

  it('before it costs a link: the files of 40 backups with 1,000 each', async () => {
    const { status } = await product.query(
      REPRESENTED('files { name downloadURL { available } }'),
      entities(40, MANY, 'm'),
    );
    expect([status, upstream.calls('describeBackupDownloadURL').length]).toEqual([400, 0]);
  });

  it('while a smaller one passes: 480 files, of which 100 get their links', async () => {
    const { status, data, errors } = await product.query(
      REPRESENTED('files { name downloadURL { available } }'),
      entities(8, SIXTY, 's'),
    );
    const files = data._entities.flatMap((backup: any) => backup.files);
    expect([status, files.length]).toEqual([200, 480]);
    expect(files.filter((file: any) => file.downloadURL?.available)).toHaveLength(100);
    expect(errors.at(-1)?.extensions).toEqual({ code: 'TOO_MANY_LINKS', count: 280 });
  });

  it('while a smaller one passes: 2,000 files', async () => {
    const { status, data, errors } = await product.query(
      REPRESENTED('files { name }'),
      entities(2, MANY, 'm'),
    );
    expect({ status, errors }).toEqual({ status: 200, errors: [] });
    expect(data._entities.map(({ files }: any) => files.length)).toEqual([1000, 1000]);
  });
});

describe('hundreds of fields with the same error', () => {
  beforeEach(() => {
    upstream.handle('describeBackups', fail(503, 'UNAVAILABLE'));
  });
  afterEach(() => {
    upstream.handle('describeBackups', pages);
  });

  it('return 100 errors and one for the rest, in one log line', async () => {
    const { status, data, errors } = await product.query(
      `query ($r: [_Any!]!) { ${'a'.repeat(255)}: _entities(representations: $r) { __typename } }`,
      entities(300),
    );
    expect(status).toBe(200);
    expect(Object.values(data)[0]).toHaveLength(300);
    expect(errors).toHaveLength(101);
    expect(errors.map(({ path }) => path?.[1])).toEqual(Array.from({ length: 101 }, (_, i) => i));
    expect(errors[99]?.extensions).not.toHaveProperty('count');
    expect(errors[100]?.extensions).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', count: 200 });
    const [failure, ...others] = linesOf('upstream failure');
    expect(others).toEqual([]);
    expect(failure).toMatchObject({ count: 300, path: [`${'a'.repeat(128)}…`, 0] });
    expect(logBytes()).toBeLessThan(5000);
  });
});

it('a wrong file name in 45 aliases over backups with 1,000 files lists only the first files', async () => {
  const { text, errors } = await product.query(
    REPRESENTED(
      repeat(45, (i) => `${'a'.repeat(250)}${i}: downloadURL(fileName: "x") { __typename }`),
    ),
    entities(2, MANY, 'm'),
  );
  expect(errors).toHaveLength(90);
  expect(errors[0]?.extensions['availableFiles']).toEqual(FILES.slice(0, 100));
  expect(errors[0]?.message).toMatch(/the first 100 of 1000/);
  expect(text.length).toBeLessThan(500_000);
});
