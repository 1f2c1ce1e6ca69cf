import { z } from 'zod';
import type { Env } from './env.js';

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** The trace exporter and sampler. */
export interface TracingConfig {
  /** `url` receives OTLP over HTTP, as JSON unless `format` is set. */
  readonly exporter:
    | { readonly kind: 'otlp'; readonly url: string; readonly format?: 'protobuf' }
    | { readonly kind: 'console' };
  readonly sampler: (typeof SAMPLERS)[number];
  /** 0 to 1; used by ratio samplers. */
  readonly sampleRatio: number;
}

/** Reports an ignored tracing setting by name, with the value used instead. */
type Warn = (warning: string) => void;

const text = z.string().optional();

/**
 * Settings named by the OpenTelemetry specification. They are often set for a whole cluster or
 * injected, so an unsupported value is a warning, not an error. The exporter library itself reads
 * headers, certificates, compression, timeouts and resource attributes.
 */
export const tracingSettings = {
  OTEL_SDK_DISABLED: text,
  OTEL_TRACES_EXPORTER: text,
  OTEL_EXPORTER_OTLP_ENDPOINT: text,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: text,
  OTEL_EXPORTER_OTLP_PROTOCOL: text,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: text,
  OTEL_TRACES_SAMPLER: text,
  OTEL_TRACES_SAMPLER_ARG: text,
};

/**
 * Enabled if an exporter or endpoint is set; undefined if off. If tracing is disabled, other values
 * are ignored.
 */
export function toTracing(env: Env, warn: Warn): TracingConfig | undefined {
  if (isDisabled(env, warn)) return undefined;
  const kinds = wordsOf(env, 'OTEL_TRACES_EXPORTER');
  if (kinds.includes('none')) return undefined;
  const sampler = toSampler(env, warn);
  const config = {
    sampler,
    sampleRatio: sampler.endsWith('ratio') ? toRatio(env, warn) : 1,
  };
  checkOthers(env, warn);
  const exporter = toExporter(env, kinds, warn);
  return exporter && { exporter, ...config };
}

/** Specification booleans: only `true`, case-insensitive, is true. */
function isDisabled(env: Env, warn: Warn): boolean {
  const word = wordOf(env, 'OTEL_SDK_DISABLED') ?? 'false';
  if (word !== 'true' && word !== 'false') {
    warn('OTEL_SDK_DISABLED: expected true or false; ignored, using false');
  }
  return word === 'true';
}

function toExporter(
  env: Env,
  kinds: readonly string[],
  warn: Warn,
): TracingConfig['exporter'] | undefined {
  if (kinds.some((kind) => kind !== 'otlp' && kind !== 'console')) {
    warn('OTEL_TRACES_EXPORTER: expected otlp, console or none; other values are ignored');
  }
  // Always called, so that invalid protocols and endpoints are reported.
  const isOtlpAsked = kinds.includes('otlp');
  const otlp = toOtlp(env, isOtlpAsked, warn);
  if (!kinds.includes('console')) return otlp;
  if (!isOtlpAsked) return { kind: 'console' };
  warn('OTEL_TRACES_EXPORTER: only one exporter is supported; console is ignored');
  return otlp;
}

const DEFAULT_URL = 'http://localhost:4318/v1/traces';

/** @param isAsked whether to use the default endpoint if none is set */
function toOtlp(env: Env, isAsked: boolean, warn: Warn): TracingConfig['exporter'] | undefined {
  const protocol = toProtocol(env, warn);
  const endpoint = toEndpoint(env, warn);
  if (protocol === 'grpc' || endpoint === 'unusable') return undefined;
  if (endpoint === undefined && !isAsked) return undefined;
  const { name, url } = endpoint ?? { name: '', url: DEFAULT_URL };
  if (protocol === undefined && new URL(url).port === GRPC_PORT) {
    warn(
      `${name}: port ${GRPC_PORT} is the gRPC port and gRPC is not supported; tracing is off. Use the port of OTLP over HTTP (4318) or set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`,
    );
    return undefined;
  }
  return { kind: 'otlp', url, ...(protocol === 'http/protobuf' && { format: 'protobuf' }) };
}

/** Registered with IANA; an HTTP/1.1 client gets no usable error from it. */
const GRPC_PORT = '4317';

/** Undefined selects the default, JSON. */
function toProtocol(env: Env, warn: Warn): 'http/json' | 'http/protobuf' | 'grpc' | undefined {
  const name = firstSet(env, ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']);
  if (name === undefined) return undefined;
  const word = wordOf(env, name);
  switch (word) {
    case 'http/json':
    case 'http/protobuf':
      return word;
    case 'grpc':
      warn(
        `${name}: grpc is not supported; tracing is off. Set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL to http/protobuf and the endpoint to the port of OTLP over HTTP (4318)`,
      );
      return word;
    case undefined:
    default:
      warn(`${name}: expected http/protobuf or http/json; ignored, using http/json`);
      return undefined;
  }
}

interface Endpoint {
  /** The name of the setting. */
  readonly name: string;
  readonly url: string;
}

/** The trace endpoint is used as is; the general endpoint gets the trace path appended. */
function toEndpoint(env: Env, warn: Warn): Endpoint | 'unusable' | undefined {
  const name = firstSet(env, ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']);
  if (name === undefined) return undefined;
  const address = env[name]?.trim() ?? '';
  if (!/^https?:\/\/./i.test(address) || !URL.canParse(address)) {
    warn(
      `${name}: expected an http or https URL, for example http://collector:4318; tracing is off`,
    );
    return 'unusable';
  }
  const isOfAll = name === 'OTEL_EXPORTER_OTLP_ENDPOINT';
  return { name, url: isOfAll ? `${address.replace(/(?<!\/)\/+$/, '')}/v1/traces` : address };
}

function toSampler(env: Env, warn: Warn): TracingConfig['sampler'] {
  const word = wordOf(env, 'OTEL_TRACES_SAMPLER');
  const sampler = SAMPLERS.find((name) => name === word);
  if (word !== undefined && sampler === undefined) {
    warn(
      `OTEL_TRACES_SAMPLER: expected one of ${SAMPLERS.join(', ')}; ignored, using parentbased_always_on`,
    );
  }
  return sampler ?? 'parentbased_always_on';
}

function toRatio(env: Env, warn: Warn): number {
  const given = env['OTEL_TRACES_SAMPLER_ARG']?.trim();
  if (given === undefined) return 1;
  const ratio = Number(given);
  if (given !== '' && ratio >= 0 && ratio <= 1) return ratio;
  warn('OTEL_TRACES_SAMPLER_ARG: expected a ratio from 0 to 1; ignored, using 1');
  return 1;
}

/** Warns about settings that the library reads itself and silently ignores if invalid. */
function checkOthers(env: Env, warn: Warn): void {
  const check = (name: string, isValid: (value: string) => boolean, instead: string): void => {
    const value = env[name];
    if (value !== undefined && !isValid(value.trim())) warn(`${name}: ${instead}`);
  };
  for (const signal of ['', 'TRACES_']) {
    const prefix = `OTEL_EXPORTER_OTLP_${signal}`;
    check(`${prefix}TIMEOUT`, isPositive, 'expected a number of milliseconds; ignored');
    check(`${prefix}COMPRESSION`, isCompression, 'expected gzip or none; ignored');
    check(
      `${prefix}HEADERS`,
      isHeaders,
      'expected comma-separated name=value pairs; other parts are ignored',
    );
  }
  check(
    'OTEL_PROPAGATORS',
    (value) => value.toLowerCase().includes('tracecontext'),
    'ignored; only tracecontext is supported',
  );
}

const isPositive = (value: string) => value !== '' && Number(value) > 0;
const isCompression = (value: string) => value === 'gzip' || value === 'none';
const isHeaders = (value: string) =>
  value.split(',').every((pair) => pair.trim() === '' || /^\s*[^=\s][^=]*=/.test(pair));

function firstSet(env: Env, names: readonly string[]): string | undefined {
  return names.find((name) => env[name] !== undefined);
}

function wordOf(env: Env, name: string): string | undefined {
  return env[name]?.trim().toLowerCase();
}

function wordsOf(env: Env, name: string): string[] {
  const words = env[name]?.split(',').map((word) => word.trim().toLowerCase()) ?? [];
  return words.filter((word) => word !== '');
}
