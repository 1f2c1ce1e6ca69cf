import { beforeEach, expect, it } from '@jest/globals';
import type { LinkDownloadEvent } from '../../../src/audit/audit-record.js';
import { createDownloadLines, type DownloadLines } from '../../../src/audit/download-lines.js';

const event = (changes: Partial<LinkDownloadEvent> = {}): LinkDownloadEvent => ({
  event: 'link.download',
  linkId: '0123456789abcdef',
  backupId: 'cn-north-1/mysql-1/b-1',
  fileName: 'dump.sql',
  bytes: 0,
  status: 403,
  clientAddress: '127.0.0.1',
  ...changes,
});

let written: LinkDownloadEvent[];
let clock: number;
let lines: DownloadLines;

beforeEach(() => {
  written = [];
  clock = 0;
  lines = createDownloadLines(
    (line) => written.push(line),
    () => clock,
  );
});

it('are written at once for the first request, and once a minute for repeats', () => {
  for (let i = 0; i < 6000; i += 1) {
    lines.add(event());
    clock += 100;
  }
  lines.close();
  expect(written).toHaveLength(20);
  expect(written[0]).toEqual(event());
  expect(written[1]).toEqual(event({ requests: 599 }));
  const requests = written.reduce((sum, line) => sum + (line.requests ?? 1), 0);
  expect(requests).toBe(6000);
});

it('hold the sum of the bytes, as of the pieces of one file', () => {
  for (const bytes of [10, 20, 30]) lines.add(event({ bytes, status: 206 }));
  lines.close();
  expect(written).toEqual([
    event({ bytes: 10, status: 206 }),
    event({ bytes: 50, status: 206, requests: 2 }),
  ]);
});

it.each<[string, Partial<LinkDownloadEvent>]>([
  ['another link', { linkId: 'fedcba9876543210' }],
  ['another outcome', { status: 200 }],
  ['another address', { clientAddress: '::1' }],
])('are not shared with %s', (_with, changes) => {
  lines.add(event());
  lines.add(event(changes));
  expect(written).toEqual([event(), event(changes)]);
  lines.close();
  expect(written).toHaveLength(2);
});

it('are written early for the oldest links where there are too many', () => {
  lines.add(event());
  lines.add(event());
  for (let i = 0; i < 1001; i += 1) lines.add(event({ linkId: `link-${i}` }));
  expect(written[1001]).toEqual(event({ requests: 1 }));
  lines.close();
});
