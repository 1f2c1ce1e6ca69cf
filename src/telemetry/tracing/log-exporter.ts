import { ExportResultCode, hrTimeToMilliseconds } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger.js';

/**
 * Writes each span as a log line, regardless of level: OpenTelemetry's console exporter buffers
 * without limit and blocks on terminals.
 */
export function logExporter(logger: Logger): SpanExporter {
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
