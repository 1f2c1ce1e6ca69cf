import { describe, expect, it } from '@jest/globals';
import { createLogger, toDroppedLine } from '../../../src/telemetry/logger.js';

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
