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

/** Where traces go, and which requests are traced. */
export interface TracingConfig {
  /** `url` is where OTLP is posted to over HTTP, as JSON where no other format is named. */
  readonly exporter:
    | { readonly kind: 'otlp'; readonly url: string; readonly format?: 'protobuf' }
    | { readonly kind: 'console' };
  readonly serviceName: string;
  readonly sampler: (typeof SAMPLERS)[number];
  /** 0 to 1; of the samplers by ratio. */
  readonly sampleRatio: number;
}

/** A setting of tracing that is not followed, by name, and what happens instead. */
type Warn = (warning: string) => void;

const text = z.string().optional();

/**
 * The names of the OpenTelemetry specification. They are set for whole clusters, or injected, for services
 * of all kinds: a value this service cannot follow is a warning and stops nothing. Headers, certificates,
 * compression and time-outs of the exporter, and attributes of the resource, are read by its own library.
 */
export const tracingSettings = {
  OTEL_SDK_DISABLED: text,
  OTEL_TRACES_EXPORTER: text,
  OTEL_EXPORTER_OTLP_ENDPOINT: text,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: text,
  OTEL_EXPORTER_OTLP_PROTOCOL: text,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: text,
  OTEL_SERVICE_NAME: text,
  OTEL_TRACES_SAMPLER: text,
  OTEL_TRACES_SAMPLER_ARG: text,
};

/**
 * On where an exporter or an endpoint is named; undefined is off. Where tracing is switched off, no other
 * value matters.
 */
export function toTracing(env: Env, warn: Warn): TracingConfig | undefined {
  if (isDisabled(env, warn)) return undefined;
  const kinds = wordsOf(env, 'OTEL_TRACES_EXPORTER');
  if (kinds.includes('none')) return undefined;
  const sampler = toSampler(env, warn);
  const config = {
    serviceName: env['OTEL_SERVICE_NAME'] ?? 'backup-download-graphql',
    sampler,
    sampleRatio: sampler.endsWith('ratio') ? toRatio(env, warn) : 1,
  };
  checkOthers(env, warn);
  const exporter = toExporter(env, kinds, warn);
  return exporter && { exporter, ...config };
}

/** Booleans of the specification: anything but `true`, in any case, is false. */
function isDisabled(env: Env, warn: Warn): boolean {
  const word = wordOf(env, 'OTEL_SDK_DISABLED') ?? 'false';
  if (word !== 'true' && word !== 'false') {
    warn('OTEL_SDK_DISABLED: expected true or false; ignored, nothing is disabled');
  }
  return word === 'true';
}

function toExporter(
  env: Env,
  kinds: readonly string[],
  warn: Warn,
): TracingConfig['exporter'] | undefined {
  if (kinds.some((kind) => kind !== 'otlp' && kind !== 'console')) {
    warn('OTEL_TRACES_EXPORTER: expected otlp, console or none; what else it names is ignored');
  }
  // Called in any case: what is wrong with a protocol or an endpoint shows, whatever turns tracing on.
  const isOtlpAsked = kinds.includes('otlp');
  const otlp = toOtlp(env, isOtlpAsked, warn);
  if (!kinds.includes('console')) return otlp;
  if (!isOtlpAsked) return { kind: 'console' };
  warn('OTEL_TRACES_EXPORTER: one exporter at a time; console is ignored');
  return otlp;
}

const DEFAULT_URL = 'http://localhost:4318/v1/traces';

/** @param isAsked whether to export to the default address where no endpoint is named */
function toOtlp(env: Env, isAsked: boolean, warn: Warn): TracingConfig['exporter'] | undefined {
  const protocol = toProtocol(env, warn);
  const endpoint = toEndpoint(env, warn);
  if (protocol === 'grpc' || endpoint === 'unusable') return undefined;
  if (endpoint === undefined && !isAsked) return undefined;
  const { name, url } = endpoint ?? { name: '', url: DEFAULT_URL };
  if (protocol === undefined && new URL(url).port === GRPC_PORT) {
    warn(
      `${name}: port ${GRPC_PORT} is that of gRPC, which is not spoken here; traces are off. Name the port of OTLP over HTTP (4318), or OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`,
    );
    return undefined;
  }
  return { kind: 'otlp', url, ...(protocol === 'http/protobuf' && { format: 'protobuf' }) };
}

/** By the registry of IANA; nothing in the protocol tells a client of HTTP/1.1 that it is wrong there. */
const GRPC_PORT = '4317';

/** Undefined is the default, JSON. */
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
        `${name}: grpc is not spoken here; traces are off. Set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL to http/protobuf, and the endpoint to the port of OTLP over HTTP (4318)`,
      );
      return word;
    case undefined:
    default:
      warn(`${name}: expected http/protobuf or http/json; ignored, http/json is used`);
      return undefined;
  }
}

interface Endpoint {
  /** Of the setting. */
  readonly name: string;
  readonly url: string;
}

/** The setting of traces is taken as it is, the one of all signals gets their path. */
function toEndpoint(env: Env, warn: Warn): Endpoint | 'unusable' | undefined {
  const name = firstSet(env, ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']);
  if (name === undefined) return undefined;
  const address = env[name]?.trim() ?? '';
  if (!/^https?:\/\/./i.test(address) || !URL.canParse(address)) {
    warn(
      `${name}: expected an http or https address, as http://collector:4318; traces are not sent`,
    );
    return 'unusable';
  }
  const isOfAll = name === 'OTEL_EXPORTER_OTLP_ENDPOINT';
  return { name, url: isOfAll ? `${address.replace(/\/+$/, '')}/v1/traces` : address };
}

function toSampler(env: Env, warn: Warn): TracingConfig['sampler'] {
  const word = wordOf(env, 'OTEL_TRACES_SAMPLER');
  const sampler = SAMPLERS.find((name) => name === word);
  if (word !== undefined && sampler === undefined) {
    warn(
      `OTEL_TRACES_SAMPLER: expected one of ${SAMPLERS.join(', ')}; ignored, parentbased_always_on is used`,
    );
  }
  return sampler ?? 'parentbased_always_on';
}

function toRatio(env: Env, warn: Warn): number {
  const given = env['OTEL_TRACES_SAMPLER_ARG']?.trim();
  if (given === undefined) return 1;
  const ratio = Number(given);
  if (given !== '' && ratio >= 0 && ratio <= 1) return ratio;
  warn('OTEL_TRACES_SAMPLER_ARG: expected a ratio from 0 to 1; ignored, 1 is used');
  return 1;
}

/** What the library reads by itself, and leaves out without a word where it cannot be read. */
function checkOthers(env: Env, warn: Warn): void {
  const check = (name: string, isValid: (value: string) => boolean, instead: string): void => {
    const value = env[name];
    if (value !== undefined && !isValid(value.trim())) warn(`${name}: ${instead}`);
  };
  for (const signal of ['', 'TRACES_']) {
    const prefix = `OTEL_EXPORTER_OTLP_${signal}`;
    check(`${prefix}TIMEOUT`, isPositive, 'expected milliseconds; ignored');
    check(`${prefix}COMPRESSION`, isCompression, 'expected gzip or none; ignored');
    check(
      `${prefix}HEADERS`,
      isHeaders,
      'expected name=value, with commas between; the rest is ignored',
    );
  }
  check(
    'OTEL_PROPAGATORS',
    (value) => value.toLowerCase().includes('tracecontext'),
    'ignored, callers hand their trace on by tracecontext alone',
  );
}

const isPositive = (value: string) => value !== '' && Number(value) > 0;
const isCompression = (value: string) => value === 'gzip' || value === 'none';
const isHeaders = (value: string) =>
  value.split(',').every((pair) => pair.trim() === '' || /^[^=]*[^=\s][^=]*=/.test(pair));

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
