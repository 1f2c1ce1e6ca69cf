import { afterEach, expect, it } from '@jest/globals';
import { createLogger } from '../../../src/telemetry/logger.js';
import { createOtelTracing, reportingExporter } from '../../../src/telemetry/otel-tracing.js';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace';

afterEach(() => {
  delete process.env['OTEL_SERVICE_NAME'];
  delete process.env['OTEL_RESOURCE_ATTRIBUTES'];
});

it.each<[string | undefined, string | undefined, object]>([
  [undefined, undefined, { 'service.name': 'backup-download-graphql' }],
  [undefined, 'service.name=x,team=dba', { 'service.name': 'x', team: 'dba' }],
  [undefined, 'team=dba', { 'service.name': 'backup-download-graphql', team: 'dba' }],
  ['y', 'service.name=x', { 'service.name': 'y' }],
  ['', 'service.name=%78', { 'service.name': 'x' }],
])(
  'OTEL_SERVICE_NAME=%s, OTEL_RESOURCE_ATTRIBUTES=%s name the service',
  async (name, all, expected) => {
    if (name !== undefined) process.env['OTEL_SERVICE_NAME'] = name;
    if (all !== undefined) process.env['OTEL_RESOURCE_ATTRIBUTES'] = all;
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    const config = { exporter: { kind: 'console' }, sampler: 'always_on', sampleRatio: 1 } as const;
    const tracing = createOtelTracing(config, logger);
    tracing.startRequest('GET /', {}).end();
    await tracing.close();
    expect(JSON.parse(lines[0]!).span.resource).toMatchObject(expected);
  },
);

const SUCCESS: ExportResult = { code: ExportResultCode.SUCCESS };
const FAILURE: ExportResult = {
  code: ExportResultCode.FAILED,
  error: new Error('no answer from http://collector:4318/v1/traces?token=TESTSECRET'),
};

it('logs the first failure and the recovery, and passes on every result', () => {
  const log: string[] = [];
  const results = [SUCCESS, FAILURE, FAILURE, FAILURE, SUCCESS, SUCCESS, FAILURE];
  const left = [...results];
  const inner: SpanExporter = {
    export: (_spans, done) => {
      done(left.shift()!);
    },
    shutdown: () => Promise.resolve(),
  };
  const exporter = reportingExporter(
    inner,
    createLogger('info', { write: (line) => void log.push(line) }),
  );
  const passedOn: ExportResult[] = [];
  while (left.length > 0) exporter.export([], (result) => void passedOn.push(result));
  expect(passedOn).toEqual(results);
  expect(log.map((line) => JSON.parse(line).msg)).toEqual([
    'trace export failed',
    'trace export restored',
    'trace export failed',
  ]);
  expect(log.join('')).not.toContain('TESTSECRET');
});
