import { describe, expect, it } from '@jest/globals';
import { toConfig } from '../../../src/config/to-config.js';
import type { Env } from '../../../src/config/env.js';

const tracingOf = (env: Env) => toConfig(env).tracing;

describe('the trace exporter', () => {
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

  it('can be the console', () => {
    expect(tracingOf({ OTEL_TRACES_EXPORTER: 'console' })?.exporter).toEqual({ kind: 'console' });
  });
});

it.each<[Env]>([
  [{}],
  [{ OTEL_SERVICE_NAME: 'backups' }],
  [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }],
  [{ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }],
])('%j enables nothing', (env) => {
  expect(tracingOf(env)).toBeUndefined();
});

it('uses the configured sampler', () => {
  expect(
    tracingOf({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    }),
  ).toMatchObject({
    sampler: 'parentbased_traceidratio',
    sampleRatio: 0.25,
  });
});

describe('settings meant for other services', () => {
  const warningsOf = (env: Env) => toConfig(env).warnings;
  const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' };

  it.each<[Env, string]>([
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL: grpc is not'],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'GRPC', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317' },
      'OTEL_EXPORTER_OTLP_PROTOCOL: grpc is not',
    ],
    [
      { ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: grpc is not',
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317/' }, 'OTEL_EXPORTER_OTLP_ENDPOINT: port 4317'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT: expected'],
    [
      { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: '$(NODE_IP):4317' },
      'OTEL_EXPORTER_OTLP_ENDPOINT: expected',
    ],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER: expected otlp, console or none'],
  ])('%j disables tracing with one warning', (env, warning) => {
    expect(tracingOf(env)).toBeUndefined();
    expect(warningsOf(env)).toEqual([expect.stringContaining(warning)]);
  });

  it.each<[Env, string]>([
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http' }, 'OTEL_EXPORTER_OTLP_PROTOCOL: expected'],
    [{ OTEL_TRACES_SAMPLER: 'xray' }, 'OTEL_TRACES_SAMPLER: expected one of'],
    [
      { OTEL_TRACES_SAMPLER: 'jaeger_remote', OTEL_TRACES_SAMPLER_ARG: 'endpoint=http://j' },
      'OTEL_TRACES_SAMPLER: expected one of',
    ],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1.5' },
      'OTEL_TRACES_SAMPLER_ARG: expected a ratio',
    ],
    [{ OTEL_TRACES_EXPORTER: 'jaeger,otlp' }, 'OTEL_TRACES_EXPORTER: expected'],
    [{ OTEL_TRACES_EXPORTER: 'console,otlp' }, 'OTEL_TRACES_EXPORTER: only one exporter'],
    [{ OTEL_SDK_DISABLED: '1' }, 'OTEL_SDK_DISABLED: expected true or false'],
  ])('%j is ignored with one warning', (env, warning) => {
    const given = { ...ENDPOINT, ...env };
    expect(tracingOf(given)?.exporter).toEqual({ kind: 'otlp', url: 'http://c:4318/v1/traces' });
    expect(tracingOf(given)).toMatchObject({ sampleRatio: 1 });
    expect(warningsOf(given)).toEqual([expect.stringContaining(warning)]);
    // Reported even if nothing else enables tracing.
    expect(warningsOf(env)).toEqual([expect.stringContaining(warning)]);
  });

  it.each<[Env]>([
    [{ OTEL_SDK_DISABLED: 'TRUE' }],
    [{ OTEL_SDK_DISABLED: ' True\r' }],
    [{ OTEL_TRACES_EXPORTER: 'none' }],
    [{ OTEL_TRACES_EXPORTER: 'NONE,otlp' }],
  ])('%j overrides all other values', (env) => {
    const wrong = {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'nowhere',
      OTEL_TRACES_SAMPLER: 'xray',
      OTEL_PROPAGATORS: 'b3',
    };
    expect(toConfig({ ...wrong, ...env })).toMatchObject({ warnings: [] });
    expect(tracingOf({ ...wrong, ...env })).toBeUndefined();
  });

  it.each<[Env]>([
    [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }],
    [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'HTTP/Protobuf ' }],
    [
      {
        ...ENDPOINT,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
      },
    ],
  ])('%j is sent as protobuf', (env) => {
    const url = 'http://c:4318/v1/traces';
    expect(toConfig(env)).toMatchObject({
      warnings: [],
      tracing: { exporter: { kind: 'otlp', url, format: 'protobuf' } },
    });
  });

  it('are case-insensitive and not repeated in warnings', () => {
    expect(
      toConfig({ OTEL_TRACES_EXPORTER: 'OTLP', OTEL_TRACES_SAMPLER: 'Always_Off' }),
    ).toMatchObject({ warnings: [], tracing: { sampler: 'always_off' } });
    const env = {
      OTEL_TRACES_EXPORTER: 'hunter2',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'hunter2',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'hunter2',
    };
    expect(warningsOf(env)).toHaveLength(3);
    expect(warningsOf(env).join()).not.toContain('hunter2');
  });
});
