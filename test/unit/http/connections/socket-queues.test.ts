import { describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';
import { parseSocketQueues } from '../../../../src/http/connections/socket-queues.js';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0FA1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:0FA1 0100007F:C350 01 00001000:00000000 01:00000014 00000000     0        0 2 2 0 20 4 30 10 -1
   2: 0100007F:C350 0100007F:0FA1 01 00000000:00000234 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1
   3: 0100007F:0FA1 097100CB:C350 01 00000007:00000000 01:00000014 00000000     0        0 4 2 0 20 4 30 10 -1
  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 0000000000000000FFFF00000100007F:0FA2 0000000000000000FFFF0000097100CB:C351 01 00000005:00000000 00:00000000
   1: B80D0120000000000000000001000000:0FA2 B80D01200000000000000000FF000000:C352 01 00000009:00000000 00:00000000
  12: 00000000000000000000000001000000:0FA2 00000000000000000000000001000000:C353 01 0000000A:00000000 00:00000000
`;

function waiting(local: string, localPort: number, remote: string, remotePort: number): number {
  const ends = { localAddress: local, localPort, remoteAddress: remote, remotePort };
  const { unacknowledged, unread } = parseSocketQueues(TABLE).of(ends as Socket);
  return unacknowledged + unread;
}

describe('the bytes queued for a client', () => {
  it.each<[string, string, number, string, number, number]>([
    ['on this machine if sent and not read', '127.0.0.1', 4001, '127.0.0.1', 50_000, 0x1234],
    ['elsewhere if sent and not acknowledged', '127.0.0.1', 4001, '203.0.113.9', 50_000, 7],
    ['for IPv4 on an IPv6 socket', '::ffff:127.0.0.1', 4002, '::ffff:203.0.113.9', 50_001, 5],
    ['for IPv6', '2001:db8::1', 4002, '2001:db8::ff', 50_002, 9],
    ['for loopback over IPv6', '::1', 4002, '::1', 50_003, 10],
    ['as none if the table does not list the socket', '127.0.0.1', 4001, '203.0.113.9', 50_001, 0],
  ])('are counted %s', (_, local, localPort, remote, remotePort, bytes) => {
    expect(waiting(local, localPort, remote, remotePort)).toBe(bytes);
  });

  it('are zero without a table', () => {
    expect(parseSocketQueues('').of({} as Socket)).toEqual({ unacknowledged: 0, unread: 0 });
  });
});
