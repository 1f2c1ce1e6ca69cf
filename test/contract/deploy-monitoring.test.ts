import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { BackupLinkDocument } from '../generated/operations.js';
import { temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { useProduct, startProduct } from '../helpers/product.js';
import { readExpression } from '../helpers/promql.js';
import { rawRequest } from '../helpers/raw-request.js';
import { fail, ok } from '../helpers/scripted-replies.js';
import { bearer, SECRET_AUTH } from '../helpers/tokens.js';
import { backupRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const read = (file: string): Promise<string> =>
  readFile(new URL(`../../deploy/${file}`, import.meta.url), 'utf8');

const dashboard = JSON.parse(await read('grafana-dashboard.json'));
const rules: any[] = parse(await read('alerts.yaml')).groups.flatMap((group: any) => group.rules);

/** Expressions by purpose, with possible values for Grafana variables. */
const expressions: [string, string][] = [
  ...rules.map((rule): [string, string] => [`alert ${rule.alert}`, rule.expr]),
  ...dashboard.panels.flatMap((panel: any) =>
    panel.targets.map((target: any): [string, string] => [
      `panel ${panel.title} ${target.refId}`,
      target.expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.+'),
    ]),
  ),
];

/** Labels that Prometheus adds. */
const ADDED = ['job', 'instance'];
/** Written by Prometheus itself, by these labels. */
const OF_PROMETHEUS = new Map([['up', new Set<string>()]]);

const { product, upstream } = await useProduct({
  // The second row is unreadable.
  backups: [backupRow({ backupId: 'b-1' }), backupRow({ backupId: undefined })],
});
upstream.handle('describeBackupDownloadURL', [
  fail(503, 'UNAVAILABLE'),
  ok({ publicURL: 'https://oss.example/k', internalURL: '' }),
]);
await product.query(BackupLinkDocument, {
  id: `${REGION}/${SQL_INSTANCE}/b-1`,
  fileName: 'shop.bak',
});
// Rejected, since it is not HTTP.
await rawRequest(product.origin, 'HELO service\r\n\r\n');
const text = await product.metrics();
await product.close();
await upstream.close();

/** Label names by metric, from products that have served requests. */
const labelsOf = new Map(OF_PROMETHEUS);
for (const line of `${text}\n${await metricsOfOwnBackups()}`.split('\n')) {
  const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
  if (name === undefined) continue;
  const known = labelsOf.get(name) ?? new Set<string>();
  for (const [, label] of labels.matchAll(/(\w+)="/g)) known.add(label!);
  labelsOf.set(name, known);
}

/** Of a product with own backups, tokens and a Redis that is down; it has served a download and refused a token. */
async function metricsOfOwnBackups(): Promise<string> {
  const folder = temporaryFolder();
  const dir = await sampleBelow(folder);
  const nowhere = {
    REDIS_URL: 'redis://127.0.0.1:9',
    CACHE_KEY: Buffer.alloc(32, 1).toString('base64'),
  };
  const product = await startProduct({ ...SECRET_AUTH, ...nowhere, EMBEDDED_DIR: dir });
  const variables = {
    id: 'cn-north-1/sqlserver-83uqv7avy4/3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50',
    fileName: 'shop.bak',
  };
  const { data } = await product.query(BackupLinkDocument, variables, await bearer());
  await (await fetch(data.backup!.downloadURL!.publicURL!)).arrayBuffer();
  await product.query('{ __typename }', {}, { authorization: 'Bearer nonsense' });
  const text = await product.metrics();
  await product.close();
  return text;
}

describe('alerts and dashboard', () => {
  it.each(expressions)('read only existing metrics and labels: %s', (_name, expression) => {
    const { metrics, labels } = readExpression(expression);
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((metric) => !labelsOf.has(metric))).toEqual([]);
    const known = metrics.flatMap((metric) => [...labelsOf.get(metric)!]);
    expect(labels.filter((label) => ![...known, ...ADDED].includes(label))).toEqual([]);
  });

  it('would be rejected with a wrong name or form', () => {
    expect(
      labelsOf.has(readExpression('sum(rate(backup_graphql_operation_total[5m]))').metrics[0]!),
    ).toBe(false);
    expect(() => readExpression('sum(rate(backup_graphql_operations_total[5m])')).toThrow(
      'not valid',
    );
  });
});

it('alerts cover each way the service can be in trouble, and say what to check', () => {
  expect(rules.map(({ alert }) => alert)).toEqual([
    'BackupDownloadsNotReady',
    'BackupDownloadsReplicaDown',
    'BackupDownloadsErrorRatio',
    'BackupDownloadsSlow',
    'BackupDownloadsUpstreamThrottled',
    'BackupDownloadsBreakerOpen',
    'BackupDownloadsCredentialsRefused',
    'BackupDownloadsAuditFails',
    'BackupDownloadsKeysNotFetched',
    'BackupDownloadsRefusing',
    'BackupDownloadsCallersLimited',
    'BackupDownloadsUpstreamUnreadable',
    'BackupDownloadsTokensRefused',
    'BackupDownloadsDownloadsFail',
    'BackupDownloadsNotSharing',
  ]);
  for (const { labels, annotations } of rules) {
    expect(labels.severity).toMatch(/^(critical|warning)$/);
    expect([annotations.summary, annotations.description]).toEqual([
      expect.any(String),
      expect.any(String),
    ]);
  }
});

interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

it('panels do not overlap and have unique ids', () => {
  const ids = dashboard.panels.map(({ id }: any) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const places: Place[] = dashboard.panels.map(({ gridPos }: any) => gridPos);
  const cells = places.flatMap(({ x, y, w, h }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...places.map(({ x, w }) => x + w))).toBe(24);
});
