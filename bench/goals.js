/**
 * What the product is meant to reach. A goal names the figure (`workload`, `row`, `column`), and the least
 * or the most it may be: by itself, or over the same figure of another row. With several rows in `over`,
 * the best of them counts.
 */
const product = { row: 'product' };
const rate = { ...product, column: 'answers/s' };
const lists = { ...product, column: 'lists' };
const links = { ...product, column: 'links' };
const waiting = { ...product, workload: 'W4', over: ['by hand', 'Hive Gateway'] };
const start = { ...product, workload: 'W6', over: ['bare Apollo'] };

/** W8: how the largest store compares with the smallest, or by itself. */
const scale = ['W8 folder', 'W8 bucket'].flatMap((workload) => [
  { workload, row: 'a page of 20, CPU ms', column: 'growth', atMost: 2 },
  {
    workload,
    row: 'the oldest with its link, CPU ms',
    column: '20000',
    over: ['the newest with its link, CPU ms'],
    atMost: 2,
  },
  { workload, row: 'a filter that few match, CPU ms', column: '20000', atMost: 50 },
  { workload, row: 'a filter that a seventh matches, CPU ms', column: '20000', atMost: 50 },
]);

export const goals = [
  { workload: 'W1', ...rate, over: ['by hand'], atLeast: 1.5 },
  { workload: 'W1', ...rate, over: ['mercurius'], atLeast: 1.3 },
  { workload: 'W1', ...lists, atMost: 1 },
  { workload: 'W1', ...links, atMost: 0 },

  { workload: 'W2', ...rate, over: ['by hand'], atLeast: 1.4 },
  { workload: 'W2', ...rate, over: ['mercurius'], atLeast: 1 },
  { workload: 'W2', ...lists, atMost: 1 },
  { workload: 'W2', ...links, atMost: 0 },

  { workload: 'W3', ...rate, over: ['by hand'], atLeast: 1 },
  { workload: 'W3', ...rate, over: ['Hive Gateway'], atLeast: 2.5 },
  { workload: 'W3', ...rate, over: ['raw + undici'], atLeast: 0.45 },
  { workload: 'W3', ...lists, atMost: 1 },
  { workload: 'W3', ...links, atMost: 50 },

  { ...waiting, column: '30 ms, 1 client', atMost: 1 },
  { ...waiting, column: '30 ms, 8 clients', atMost: 1 },
  { ...waiting, column: '100 ms, 1 client', atMost: 1 },
  { ...waiting, column: '100 ms, 8 clients', atMost: 1 },

  { workload: 'W5', ...rate, over: ['by hand'], atLeast: 1.25 },
  { workload: 'W5', ...lists, atMost: 3 },
  { workload: 'W5', ...links, atMost: 0 },

  { ...start, column: 'first answer after ms', atMost: 1.2 },
  { ...start, column: 'MB after 2 s', atMost: 1.2 },
  { ...start, column: 'MB after 45 s', atMost: 1.2 },

  { workload: 'W7', ...product, column: 'GiB/s', over: ['nginx'], atLeast: 0.9 },

  ...scale,
  ...[
    ['W8 large folder', 'first start', 6000],
    ['W8 large folder', 'second start', 6000],
    ['W8 large bucket', 'first start', 12_000],
    ['W8 large bucket', 'second start', 3000],
  ].map(([workload, row, atMost]) => ({ workload, row, column: 'all known after ms', atMost })),

  {
    workload: 'W9',
    row: 'backups get, 1 connection',
    column: 'GiB/s',
    over: ['curl'],
    atLeast: 0.9,
  },
  {
    workload: 'W9',
    row: 'backups get, 4 connections',
    column: 'GiB/s',
    over: ['aria2c, 4 connections'],
    atLeast: 1,
  },

  // A tenth above the first page, which had no downloads of its own: 89,110 bytes.
  { workload: 'W10 weight', ...product, column: 'bytes, gzip', atMost: 98_021 },
];
