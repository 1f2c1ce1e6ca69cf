import {
  defaultTextMapGetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span as OtelSpan,
  type Tracer,
} from '@opentelemetry/api';
import {
  ExportResultCode,
  hrTimeToMilliseconds,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
} from '@opentelemetry/otlp-exporter-base/node-http';
import {
  JsonTraceSerializer,
  ProtobufTraceSerializer,
  TraceExporterMetricsHelper,
} from '@opentelemetry/otlp-transformer';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '../config/tracing.js';
import { within } from '../domain/within.js';
import type { Logger } from './logger.js';
import { describeError } from './redact.js';
import type { Span, Tracing } from './tracing.js';

/** Milliseconds the last spans can delay the exit. */
const FLUSH_MS = 1000;

const SERVICE = 'backup-download-graphql';

/** Tracing with OpenTelemetry, without global state or automatic instrumentation. */
export function createOtelTracing(config: TracingConfig, logger: Logger): Tracing {
  const { exporter } = config;
  const inner =
    exporter.kind === 'otlp'
      ? createOtlpExporter(exporter.url, exporter.format ?? 'json')
      : logExporter(logger);
  // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have precedence.
  const named = resourceFromAttributes({ 'service.name': SERVICE });
  const provider = new TracerProvider({
    resource: named.merge(detectResources({ detectors: [envDetector] })),
    sampler: toSampler(config),
    spanProcessors: [new BatchSpanProcessor({ exporter: reportingExporter(inner, logger) })],
  });
  const tracer = provider.getTracer(SERVICE);
  const propagator = new W3CTraceContextPropagator();
  return {
    startRequest(name, headers) {
      const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      return toSpan(tracer.startSpan(name, { kind: SpanKind.SERVER }, parent), tracer);
    },
    close: () => within(FLUSH_MS, provider.shutdown(), undefined).catch(() => undefined),
  };
}

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT };

function toSpan(span: OtelSpan, tracer: Tracer): Span {
  return {
    child(name, kind) {
      const parent = trace.setSpan(ROOT_CONTEXT, span);
      return toSpan(tracer.startSpan(name, { kind: KINDS[kind] }, parent), tracer);
    },
    event: (name, attributes) => void span.addEvent(name, attributes),
    end({ name, attributes = {}, error } = {}) {
      if (name !== undefined) span.updateName(name);
      span.setAttributes(attributes);
      if (error !== undefined) {
        span.setAttribute('error.type', error);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

/** The sampler by its OpenTelemetry specification name. */
function toSampler({ sampler, sampleRatio }: TracingConfig): Sampler {
  if (sampler.startsWith('parentbased_')) {
    return new ParentBasedSampler({ root: rootSampler(sampler.slice(12), sampleRatio) });
  }
  return rootSampler(sampler, sampleRatio);
}

function rootSampler(name: string, ratio: number): Sampler {
  if (name === 'always_on') return new AlwaysOnSampler();
  return name === 'always_off' ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(ratio);
}

const FORMATS = {
  json: { serializer: JsonTraceSerializer, contentType: 'application/json' },
  protobuf: { serializer: ProtobufTraceSerializer, contentType: 'application/x-protobuf' },
};

/**
 * Posts spans to a collector over HTTP. The official exporters are the same with one format each,
 * in separate packages.
 */
function createOtlpExporter(url: string, format: keyof typeof FORMATS): SpanExporter {
  const { serializer, contentType } = FORMATS[format];
  // As in the official exporters of this version: nothing else reads headers and timeouts.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const options = convertLegacyHttpOptions({ url }, 'TRACES', 'v1/traces', {
    'Content-Type': contentType,
  });
  return new OTLPExporterBase<ReadableSpan[]>(
    createOtlpHttpExportDelegate(
      options,
      serializer,
      'otlp_http_span_exporter',
      TraceExporterMetricsHelper,
      undefined,
    ),
  );
}

/**
 * Writes each span as a log line, regardless of level: OpenTelemetry's console exporter buffers
 * without limit and blocks on terminals.
 */
function logExporter(logger: Logger): SpanExporter {
  const always = logger.child({}, { level: 'info' });
  return {
    export(spans, done) {
      for (const span of spans) always.info({ span: toPlain(span) }, 'span');
      done({ code: ExportResultCode.SUCCESS });
    },
    shutdown: () => Promise.resolve(),
  };
}

function toPlain(span: ReadableSpan): object {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    name: span.name,
    kind: span.kind,
    startedAt: new Date(hrTimeToMilliseconds(span.startTime)).toISOString(),
    durationMs: hrTimeToMilliseconds(span.duration),
    status: span.status,
    attributes: span.attributes,
    events: span.events.map(({ name, attributes }) => ({ name, attributes })),
    resource: span.resource.attributes,
  };
}

/** Logs when span export starts failing and when it recovers, not each failure. */
export function reportingExporter(exporter: SpanExporter, logger: Logger): SpanExporter {
  let isFailing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        if (failed && !isFailing) {
          logger.warn({ error: describeError(result.error) }, 'trace export failed');
        }
        if (!failed && isFailing) logger.info('trace export restored');
        isFailing = failed;
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}
