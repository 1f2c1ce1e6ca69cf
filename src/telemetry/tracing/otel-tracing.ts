import {
  defaultTextMapGetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span as OtelSpan,
  type Tracer,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  TracerProvider,
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '../../config/tracing.js';
import type { Logger } from '../logger.js';
import { logExporter } from './log-exporter.js';
import { createOtlpExporter } from './otlp-exporter.js';
import { reportingExporter } from './reporting-exporter.js';
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
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, FLUSH_MS)));
      await Promise.race([provider.shutdown().catch(() => undefined), patience]);
      clearTimeout(timer);
    },
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

/** Creates a sampler by its OpenTelemetry specification name. */
export function toSampler({ sampler, sampleRatio }: TracingConfig): Sampler {
  switch (sampler) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(sampleRatio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) });
  }
}
