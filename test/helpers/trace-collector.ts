import { createServer } from 'node:http';
import { listening } from './closing.js';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly events: readonly {
    name: string;
    attributes: Readonly<Record<string, string | number>>;
  }[];
}

/** A trace collector (OTLP, JSON). */
export interface TraceCollector {
  readonly origin: string;
  spans(): readonly CollectedSpan[];
  /** Everything received, unparsed. */
  received(): string;
  /** Content types received. */
  contentTypes(): readonly string[];
}

export async function startTraceCollector(): Promise<TraceCollector> {
  const bodies: string[] = [];
  const contentTypes: string[] = [];
  const server = createServer((request, response) => {
    let body = `${request.url ?? ''}\n`;
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(body);
      contentTypes.push(request.headers['content-type'] ?? '');
      response.writeHead(200, { 'content-type': 'application/json', connection: 'close' });
      response.end('{}');
    });
  });
  const { origin } = await listening(server);
  return {
    origin,
    received: () => bodies.join('\n'),
    contentTypes: () => contentTypes,
    spans: () => bodies.flatMap((body) => spansOf(JSON.parse(body.slice(body.indexOf('\n'))))),
  };
}

function spansOf(body: any): CollectedSpan[] {
  return body.resourceSpans.flatMap(({ scopeSpans }: any) =>
    scopeSpans.flatMap(({ spans }: any) =>
      spans.map((span: any) => ({
        ...span,
        attributes: toRecord(span.attributes),
        events: (span.events ?? []).map((event: any) => ({
          name: event.name,
          attributes: toRecord(event.attributes),
        })),
      })),
    ),
  );
}

function toRecord(attributes: any[]): Record<string, string | number> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.doubleValue ?? Number(value.intValue),
    ]),
  );
}
