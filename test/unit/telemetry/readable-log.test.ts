import { expect, it } from '@jest/globals';
import { createLogger, toReadableLine } from '../../../src/telemetry/logger.js';

function readable(log: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  log(createLogger('trace', { write: (line) => void lines.push(toReadableLine(line)) }));
  return lines.join('').replace(/^\d\d:\d\d:\d\d/gm, 'TIME');
}

it.each<[string, Parameters<typeof readable>[0], string]>([
  [
    'a message',
    (log) => {
      log.info('stopped');
    },
    'TIME  stopped\n',
  ],
  [
    'facts, quoted where they are not one word',
    (log) => {
      log.info({ graphql: 'http://a/graphql', dir: 'my data', none: '' }, 'ready');
    },
    'TIME  ready  graphql=http://a/graphql  dir="my data"  none=""\n',
  ],
  [
    'the level of what needs attention',
    (log) => {
      log.warn({ count: 2, error: { code: 'EIO' } }, 'disk failed');
    },
    'TIME  WARN  disk failed  count=2  error={"code":"EIO"}\n',
  ],
  [
    'no message',
    (log) => {
      log.error({ a: 1 });
    },
    'TIME  ERROR  a=1\n',
  ],
  [
    'text that would control the terminal, escaped',
    (log) => {
      log.info({ name: '\u001b[2Ja\nb\u009b' }, 'x\u001b[31m\u202e\n');
    },
    'TIME  "x\\u001b[31m\\u202e\\n"  name="\\u001b[2Ja\\nb\\u009b"\n',
  ],
])('a line for a terminal has %s', (_what, log, expected) => {
  expect(readable(log)).toBe(expected);
});
