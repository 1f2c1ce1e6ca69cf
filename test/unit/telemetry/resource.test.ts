import { afterEach, expect, it } from '@jest/globals';
import { createLogger } from '../../../src/telemetry/logger.js';
import { createOtelTracing } from '../../../src/telemetry/otel-tracing.js';

afterEach(() => {
  delete process.env['OTEL_SERVICE_NAME'];
  delete process.env['OTEL_RESOURCE_ATTRIBUTES'];
});

it.each<[string | undefined, string | undefined, object]>([
  [undefined, undefined, { 'service.name': 'backup-download-graphql' }],
  [undefined, 'service.name=x,team=dba', { 'service.name': 'x', team: 'dba' }],
  [undefined, 'team=dba', { 'service.name': 'backup-download-graphql', team: 'dba' }],
  ['y', 'service.name=x', { 'service.name': 'y' }],
  ['', 'service.name=%78', { 'service.name': 'x' }],
])(
  'OTEL_SERVICE_NAME=%s, OTEL_RESOURCE_ATTRIBUTES=%s name the service',
  async (name, all, expected) => {
    if (name !== undefined) process.env['OTEL_SERVICE_NAME'] = name;
    if (all !== undefined) process.env['OTEL_RESOURCE_ATTRIBUTES'] = all;
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    const config = { exporter: { kind: 'console' }, sampler: 'always_on', sampleRatio: 1 } as const;
    const tracing = createOtelTracing(config, logger);
    tracing.startRequest('GET /', {}).end();
    await tracing.close();
    expect(JSON.parse(lines[0]!).span.resource).toMatchObject(expected);
  },
);
