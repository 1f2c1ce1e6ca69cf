import { describe, expect, it } from '@jest/globals';
import { toConfig } from '../../../src/config/to-config.js';
import type { Env } from '../../../src/config/env.js';

const tracingOf = (env: Env) => toConfig(env).tracing;

describe('where traces go', () => {
  it.each<[Env, string]>([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, 'http://c:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp/' }, 'https://c/otlp/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318/t' }, 'http://c:4318/t'],
    [
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://d:4318/t',
      },
      'http://d:4318/t',
    ],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'http://localhost:4318/v1/traces'],
  ])('%j -> %s', (env, url) => {
    expect(tracingOf(env)?.exporter).toEqual({ kind: 'otlp', url });
  });

  it('may be the console', () => {
    expect(tracingOf({ OTEL_TRACES_EXPORTER: 'console' })?.exporter).toEqual({ kind: 'console' });
  });
});

it.each<[Env]>([
  [{}],
  [{ OTEL_SERVICE_NAME: 'backups' }],
  [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }],
  [{ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }],
])('%j turns nothing on', (env) => {
  expect(tracingOf(env)).toBeUndefined();
});

it('takes over name and sampler', () => {
  expect(
    tracingOf({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_SERVICE_NAME: 'backups',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    }),
  ).toMatchObject({
    serviceName: 'backups',
    sampler: 'parentbased_traceidratio',
    sampleRatio: 0.25,
  });
});

it('names every fault', () => {
  expect(() =>
    toConfig({
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER: 'some',
      OTEL_TRACES_SAMPLER_ARG: '1.5',
    }),
  ).toThrow(
    [
      'OTEL_TRACES_EXPORTER: expected one of otlp, console, none',
      'OTEL_EXPORTER_OTLP_ENDPOINT: expected an http or https address, as http://collector:4318',
      'OTEL_EXPORTER_OTLP_PROTOCOL: expected one of http/json',
      'OTEL_TRACES_SAMPLER: expected one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio',
      'OTEL_TRACES_SAMPLER_ARG: expected a ratio from 0 to 1',
    ].join('\n  '),
  );
});
