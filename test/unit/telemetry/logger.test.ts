import { describe, expect, it } from '@jest/globals';
import { createLogger, toDroppedLine, toReadableLine } from '../../../src/telemetry/logger.js';

describe('a line of the log', () => {
  it.each([
    ['a C1 control that steers a terminal', '\u009b31m'],
    ['every other C1 control', '\u0080\u0085\u0090\u009d\u009f'],
    ['DEL', '\u007f'],
    ['separators that some readers break lines at', 'a\u2028b\u2029c'],
    ['characters that change the order of text', 'invoice\u202egpj.exe\u2066x\u2069'],
    ['C0 controls', '\u001b[2J\u0000\r\n\t'],
  ])('escapes %s without changing its meaning', (_what, text) => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    logger.info({ caller: text, nested: { [text]: [text] } }, text);
    expect(lines).toHaveLength(1);
    const [line] = lines;
    expect(line).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+\n$/);
    expect(JSON.parse(line!)).toMatchObject({
      caller: text,
      nested: { [text]: [text] },
      msg: text,
    });
  });

  it('leaves other text unchanged', () => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    logger.info('订单库 é ~ \u00a0 🙂');
    expect(lines[0]).toContain('订单库 é ~ \u00a0 🙂');
  });
});

it('reports the number of dropped lines and the reason', () => {
  const line = toDroppedLine(7, { error: { message: 'full' } }, new Date(0));
  expect(line).toMatch(/\n$/);
  expect(JSON.parse(line)).toEqual({
    level: 40,
    time: '1970-01-01T00:00:00.000Z',
    lines: 7,
    error: { message: 'full' },
    msg: 'log lines dropped',
  });
});

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
