import { beforeEach, describe, expect, it } from '@jest/globals';
import { BackupLinkDocument } from '../generated/operations.js';
import { startProductAt } from '../helpers/product.js';
import { fail, ok } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import {
  startTraceCollector,
  type CollectedSpan,
  type TraceCollector,
} from '../helpers/trace-collector.js';
import { backupRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const ID = `${REGION}/${SQL_INSTANCE}/b-1`;
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';
const LINK = ok({ publicURL: 'https://oss.example/k?Signature=LINKSIG', internalURL: '' });

let collector: TraceCollector;

const upstream = await startScriptedUpstream({ backups: [backupRow({ backupId: 'b-1' })] });

beforeEach(async () => {
  collector = await startTraceCollector();
});

/** Runs one query and closes the product, which sends what is left; the spans by name. */
async function trace(
  env: Record<string, string>,
  headers: Record<string, string> = {},
  times = 1,
): Promise<Record<string, CollectedSpan>> {
  const product = await startProductAt(upstream.origin, { LINK_REUSE: '0', ...env });
  const variables = { id: ID, fileName: 'shop.bak' };
  await Promise.all(
    Array.from({ length: times }, () => product.query(BackupLinkDocument, variables, headers)),
  );
  await product.close();
  return Object.fromEntries(collector.spans().map((span) => [span.name, span]));
}

describe('a trace', () => {
  it("continues the caller's trace down to the attempts, without argument, file name or link", async () => {
    const busy = fail(503, 'UNAVAILABLE', { headers: { 'retry-after': '0' } });
    upstream.handle('describeBackupDownloadURL', [busy, LINK]);
    const spans = await trace(
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin },
      { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` },
    );
    expect(collector.received()).toMatch(/^\/v1\/traces\n/);
    const request = spans['POST /graphql']!;
    const operation = spans['query BackupLink']!;
    const call = spans['describeBackupDownloadURL']!;
    expect(Object.keys(spans).sort()).toEqual([
      'POST /graphql',
      'describeBackupDownloadURL',
      'describeBackups',
      'query BackupLink',
    ]);
    expect(new Set(collector.spans().map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]));
    expect([request, operation, call].map(({ parentSpanId }) => parentSpanId)).toEqual([
      PARENT_ID,
      request.spanId,
      operation.spanId,
    ]);
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'url.path': '/graphql',
      'http.response.status_code': 200,
    });
    expect(operation.attributes).toEqual({
      'graphql.operation.type': 'query',
      'graphql.operation.name': 'BackupLink',
    });
    expect(call.attributes).toEqual({});
    expect(call.events.map(({ attributes }) => ({ ...attributes, durationMs: 0 }))).toEqual([
      { attempt: 1, 'http.response.status_code': 503, durationMs: 0 },
      { attempt: 2, 'http.response.status_code': 200, durationMs: 0 },
    ]);
    for (const secret of ['b-1', SQL_INSTANCE, REGION, 'shop', 'oss.example', 'LINKSIG', 'JDC_']) {
      expect(collector.received()).not.toContain(secret);
    }
  });

  it('keeps attempts with their calls also where calls wait for each other', async () => {
    upstream.handle('describeBackupDownloadURL', LINK);
    await trace(
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin, UPSTREAM_MAX_CONCURRENCY: '1' },
      {},
      5,
    );
    const calls = collector.spans().filter(({ name }) => name.startsWith('describe'));
    expect(calls.map(({ events }) => events.length)).toEqual(Array.from({ length: 10 }, () => 1));
    expect(new Set(calls.map(({ traceId }) => traceId)).size).toBe(5);
  });

  it('tells the code of a failure', async () => {
    upstream.handle('describeBackupDownloadURL', fail(403, 'HTTP_FORBIDDEN'));
    const spans = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin });
    const code = { 'error.type': 'UPSTREAM_AUTH' };
    expect(spans['describeBackupDownloadURL']!.attributes).toEqual(code);
    expect(spans['query BackupLink']!.attributes).toMatchObject(code);
  });
});

it('sends protobuf where that is the protocol of the cluster, and nothing secret in it', async () => {
  upstream.handle('describeBackupDownloadURL', LINK);
  const product = await startProductAt(upstream.origin, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  });
  await product.query(BackupLinkDocument, { id: ID, fileName: 'shop.bak' });
  await product.close();
  expect(new Set(collector.contentTypes())).toEqual(new Set(['application/x-protobuf']));
  expect(collector.received()).toMatch(/^\/v1\/traces\n[^{]/);
  expect(collector.received()).toContain('describeBackupDownloadURL');
  expect(collector.received()).not.toContain('LINKSIG');
});

it('is written to the log with OTEL_TRACES_EXPORTER=console, whatever the level of that', async () => {
  upstream.handle('describeBackupDownloadURL', LINK);
  const started = await startProductAt(upstream.origin, {
    OTEL_TRACES_EXPORTER: 'console',
    LOG_LEVEL: 'error',
  });
  await started.query(BackupLinkDocument, { id: ID, fileName: 'shop.bak' });
  await started.close();
  const spans = started.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'span');
  const request = spans.find(({ span }) => span.name === 'POST /graphql').span;
  expect(request).toMatchObject({
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    attributes: { 'http.response.status_code': 200 },
    startedAt: expect.stringMatching(/Z$/),
  });
  const operation = spans.find(({ span }) => span.name === 'query BackupLink').span;
  expect(operation.parentSpanId).toBe(request.spanId);
  expect(started.log.join('')).not.toContain('LINKSIG');
});

it('is off with the sampler always_off', async () => {
  await trace({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
    OTEL_TRACES_SAMPLER: 'always_off',
  });
  expect(collector.received()).toBe('');
});

it('neither breaks nor holds up anything where the collector is away', async () => {
  upstream.handle('describeBackupDownloadURL', LINK);
  const { query } = await startProductAt(upstream.origin, {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
  });
  const { status, errors } = await query(BackupLinkDocument, { id: ID, fileName: 'shop.bak' });
  expect({ status, errors }).toEqual({ status: 200, errors: [] });
});
