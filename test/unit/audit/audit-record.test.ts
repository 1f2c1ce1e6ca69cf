import { describe, expect, it } from '@jest/globals';
import { type LinkIssueEvent, toAuditLine } from '../../../src/audit/audit-record.js';

const time = '2026-11-25T10:00:00.123Z';

const event: LinkIssueEvent = {
  event: 'link.issue',
  caller: 'alice',
  backupId: 'cn-north-1/mysql-1/b-1',
  fileName: null,
  lifetime: 60,
  expiresAt: '2026-11-25T10:01:00.000Z',
  outcome: 'GRANTED',
  linkId: '0123456789abcdef',
  reused: false,
  requestId: 'req-1',
  clientAddress: '192.0.2.1',
  httpRequestId: 'http-1',
};

describe('an audit record', () => {
  it('is one line of JSON that starts with its time', () => {
    expect(toAuditLine(event, time)).toBe(
      '{"time":"2026-11-25T10:00:00.123Z","event":"link.issue","caller":"alice","backupId":"cn-north-1/mysql-1/b-1","fileName":null,"lifetime":60,"expiresAt":"2026-11-25T10:01:00.000Z","outcome":"GRANTED","linkId":"0123456789abcdef","reused":false,"requestId":"req-1","clientAddress":"192.0.2.1","httpRequestId":"http-1"}\n',
    );
  });

  it.each([
    'a.bak\n2026-01-01 GRANTED admin b.bak',
    'a\r\nb',
    'a\u2028b\u2029c\u0085d\u000be\u000cf',
    'a\u001b[2J\u009b2Jb\u007f',
    'a","outcome":"GRANTED',
    'a\\',
    '\ud800',
    '订单库😀.bak',
  ])('keeps the text %j on its line', (text) => {
    const line = toAuditLine({ ...event, fileName: text, caller: text }, time);
    expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(line.endsWith('}\n')).toBe(true);
    const record = JSON.parse(line);
    expect(record).toMatchObject({ fileName: text, caller: text, outcome: 'GRANTED' });
  });

  it('truncates a long text', () => {
    const { fileName } = JSON.parse(toAuditLine({ ...event, fileName: 'x'.repeat(99_999) }, time));
    expect(fileName).toBe(`${'x'.repeat(512)}…`);
  });
});
