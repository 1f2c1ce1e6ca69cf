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
 * injected, so an unsupported value is a warning, not an error. OpenTelemetry's library itself reads
 * the others: service name, resource attributes, headers, certificates, compression and timeouts.
 */
export const tracingShape = {
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
  const disabled = wordsOf(env, 'OTEL_SDK_DISABLED').join() || 'false';
  if (disabled !== 'true' && disabled !== 'false') {
    warn('OTEL_SDK_DISABLED: expected true or false; ignored, using false');
  }
  const kinds = wordsOf(env, 'OTEL_TRACES_EXPORTER');
  if (disabled === 'true' || kinds.includes('none')) return undefined;
  const sampler = toSampler(env, warn);
  const sampleRatio = sampler.endsWith('ratio') ? toRatio(env, warn) : 1;
  const exporter = toExporter(env, kinds, warn);
  return exporter && { exporter, sampler, sampleRatio };
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
/** Registered with IANA; an HTTP/1.1 client gets no usable error from it. */
const GRPC_PORT = '4317';

/** @param isAsked whether to use the default endpoint if none is set */
function toOtlp(env: Env, isAsked: boolean, warn: Warn): TracingConfig['exporter'] | undefined {
  const protocol = toProtocol(env, warn);
  const name = firstSet(env, 'ENDPOINT');
  const url = name === undefined ? DEFAULT_URL : toUrl(name, env[name] ?? '');
  if (url === null) {
    warn(
      `${name}: expected an http or https URL, for example http://collector:4318; tracing is off`,
    );
    return undefined;
  }
  if (protocol === 'grpc' || (name === undefined && !isAsked)) return undefined;
  if (protocol === undefined && new URL(url).port === GRPC_PORT) {
    warn(
      `${name}: port ${GRPC_PORT} is the gRPC port and gRPC is not supported; tracing is off. Use the port of OTLP over HTTP (4318) or set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`,
    );
    return undefined;
  }
  return { kind: 'otlp', url, ...(protocol === 'http/protobuf' && { format: 'protobuf' }) };
}

/** Undefined selects the default, JSON. */
function toProtocol(env: Env, warn: Warn): 'http/json' | 'http/protobuf' | 'grpc' | undefined {
  const name = firstSet(env, 'PROTOCOL');
  if (name === undefined) return undefined;
  const [word = ''] = wordsOf(env, name);
  if (word === 'http/json' || word === 'http/protobuf') return word;
  if (word === 'grpc') {
    warn(
      `${name}: grpc is not supported; tracing is off. Set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL to http/protobuf and the endpoint to the port of OTLP over HTTP (4318)`,
    );
    return word;
  }
  warn(`${name}: expected http/protobuf or http/json; ignored, using http/json`);
  return undefined;
}

/** The trace endpoint is used as is; the general endpoint gets the trace path appended. */
function toUrl(name: string, address: string): string | null {
  const url = address.trim();
  if (!/^https?:\/\/./i.test(url) || !URL.canParse(url)) return null;
  return name.includes('TRACES') ? url : `${url.replace(/\/$/, '')}/v1/traces`;
}

function toSampler(env: Env, warn: Warn): TracingConfig['sampler'] {
  const [word] = wordsOf(env, 'OTEL_TRACES_SAMPLER');
  const sampler = SAMPLERS.find((name) => name === word);
  if (word !== undefined && sampler === undefined) {
    warn(
      `OTEL_TRACES_SAMPLER: expected one of ${SAMPLERS.join(', ')}; ignored, using parentbased_always_on`,
    );
  }
  return sampler ?? 'parentbased_always_on';
}

function toRatio(env: Env, warn: Warn): number {
  const given = env['OTEL_TRACES_SAMPLER_ARG']?.trim() ?? '1';
  const ratio = Number(given);
  if (given !== '' && ratio >= 0 && ratio <= 1) return ratio;
  warn('OTEL_TRACES_SAMPLER_ARG: expected a ratio from 0 to 1; ignored, using 1');
  return 1;
}

/** The variable for traces, else the one for all signals. */
function firstSet(env: Env, suffix: 'ENDPOINT' | 'PROTOCOL'): string | undefined {
  const names = [`OTEL_EXPORTER_OTLP_TRACES_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`];
  return names.find((name) => env[name] !== undefined);
}

/** Comma-separated words, in lower case. */
function wordsOf(env: Env, name: string): string[] {
  const words = env[name]?.split(',').map((word) => word.trim().toLowerCase()) ?? [];
  return words.filter((word) => word !== '');
}
