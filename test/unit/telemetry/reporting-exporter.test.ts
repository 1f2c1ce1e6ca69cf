import { expect, it } from '@jest/globals';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { createLogger } from '../../../src/telemetry/logger.js';
import { reportingExporter } from '../../../src/telemetry/otel-tracing.js';

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
