import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What ids of requests are made of in the field: UUIDs, hexadecimal digits, W3C trace ids, ULIDs. */
const SAFE = /^[\w.-]{8,64}$/;

/** The id that a balancer or a router gave the request, where it is one that may be logged; else a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && SAFE.test(given) ? given : randomUUID();
}
