import { z } from 'zod';
import { oneOf } from './values.js';

/** Where traces go, and which requests are traced. */
export interface TracingConfig {
  /** `url` is where OTLP is posted to over HTTP. */
  readonly exporter: { readonly kind: 'otlp'; readonly url: string } | { readonly kind: 'console' };
  readonly serviceName: string;
  readonly sampler: TracingSettings['OTEL_TRACES_SAMPLER'];
  /** 0 to 1; of the samplers by ratio. */
  readonly sampleRatio: number;
}

const address = z.string().refine((text) => /^https?:\/\/./.test(text) && URL.canParse(text), {
  error: 'expected an http or https address, as http://collector:4318',
});

/**
 * The names and defaults of the OpenTelemetry specification. Headers, certificates and time-outs of the
 * exporter, and attributes of the resource, are read by its own library, by the same specification.
 */
export const tracingSettings = {
  OTEL_SDK_DISABLED: oneOf('true', 'false').default('false'),
  OTEL_TRACES_EXPORTER: oneOf('otlp', 'console', 'none').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: address.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf('http/json').optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: oneOf('http/json').optional(),
  OTEL_SERVICE_NAME: z.string().default('backup-download-graphql'),
  OTEL_TRACES_SAMPLER: oneOf(
    'always_on',
    'always_off',
    'traceidratio',
    'parentbased_always_on',
    'parentbased_always_off',
    'parentbased_traceidratio',
  ).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .refine((text) => /^(0(\.\d+)?|1(\.0+)?)$/.test(text), {
      error: 'expected a ratio from 0 to 1',
    })
    .transform(Number)
    .default(1),
};

type TracingSettings = z.output<z.ZodObject<typeof tracingSettings>>;

/** On where an exporter or an endpoint is named; undefined is off. */
export function toTracing(s: TracingSettings): TracingConfig | undefined {
  const base = s.OTEL_EXPORTER_OTLP_ENDPOINT;
  const given =
    s.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (base && `${base.replace(/\/+$/, '')}/v1/traces`);
  const kind = s.OTEL_TRACES_EXPORTER ?? (given === undefined ? 'none' : 'otlp');
  if (s.OTEL_SDK_DISABLED === 'true' || kind === 'none') return undefined;
  return {
    exporter: kind === 'console' ? { kind } : { kind, url: given ?? DEFAULT_URL },
    serviceName: s.OTEL_SERVICE_NAME,
    sampler: s.OTEL_TRACES_SAMPLER,
    sampleRatio: s.OTEL_TRACES_SAMPLER_ARG,
  };
}

const DEFAULT_URL = 'http://localhost:4318/v1/traces';
