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
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

const FORMATS = {
  json: { serializer: JsonTraceSerializer, contentType: 'application/json' },
  protobuf: { serializer: ProtobufTraceSerializer, contentType: 'application/x-protobuf' },
};

/**
 * Posts spans to a collector over HTTP. The official exporters are the same with one format each,
 * in separate packages.
 */
export function createOtlpExporter(url: string, format: keyof typeof FORMATS): SpanExporter {
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
