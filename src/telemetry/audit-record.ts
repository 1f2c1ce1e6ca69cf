import type { ErrorCode } from '../domain/errors.js';
import { escapeSteering } from './escape-steering.js';

/** What became of an attempt to have a link: it was handed out, is not available now, or why not. */
export type LinkOutcome = 'GRANTED' | 'NOT_AVAILABLE' | 'INTERNAL_SERVER_ERROR' | ErrorCode;

/** One execution of a `downloadURL` field. What does not apply is null. */
export interface LinkIssueEvent {
  readonly event: 'link.issue';
  readonly caller: string;
  /** `<regionId>/<instanceId>/<backupId>`. */
  readonly backupId: string;
  /** As asked for: it may be any text. */
  readonly fileName: string | null;
  /** Seconds, as asked for. */
  readonly lifetime: number | null;
  /** As ISO 8601 writes it: a `Date` in a record makes it take twice as long to print. */
  readonly expiresAt: string | null;
  readonly outcome: LinkOutcome;
  /** Names the link, so that its downloads can be found; it does not give it away. */
  readonly linkId: string | null;
  /** Whether the link was issued for an earlier request of the caller. */
  readonly reused: boolean | null;
  /** The upstream's request id; of a reused link, that of the call which issued it. */
  readonly requestId: string | null;
  readonly clientAddress: string;
  /** One for all records of an HTTP request. */
  readonly httpRequestId: string;
}

/** What a record of a link tells beside the attempt: who asked, and from where. */
export type LinkAsker = Pick<LinkIssueEvent, 'caller' | 'clientAddress' | 'httpRequestId'>;

/** What a record of a link tells of the attempt itself, whoever asked. */
export type LinkRecord = Omit<LinkIssueEvent, 'event' | keyof LinkAsker>;

/** Written out: with a spread in it, the record takes several times as long to make and to print. */
export function toLinkIssueEvent(attempt: LinkRecord, asker: LinkAsker): LinkIssueEvent {
  return {
    event: 'link.issue',
    caller: asker.caller,
    backupId: attempt.backupId,
    fileName: attempt.fileName,
    lifetime: attempt.lifetime,
    expiresAt: attempt.expiresAt,
    outcome: attempt.outcome,
    linkId: attempt.linkId,
    reused: attempt.reused,
    requestId: attempt.requestId,
    clientAddress: asker.clientAddress,
    httpRequestId: asker.httpRequestId,
  };
}

/** One request for a file at the embedded upstream, refused ones too. */
export interface LinkDownloadEvent {
  readonly event: 'link.download';
  readonly linkId: string;
  readonly backupId: string;
  readonly fileName: string;
  /** Bytes of the file that were handed out. */
  readonly bytes: number;
  /** HTTP status of the answer. */
  readonly status: number;
  readonly clientAddress: string;
}

export type AuditEvent = LinkIssueEvent | LinkDownloadEvent;

/** Characters of a text in a record; file systems allow names of 255 bytes. */
const MAX_TEXT = 512;

/**
 * A record as one JSON line. No text in it can begin another line, also for readers that break
 * lines at the separators of Unicode, nor steer a terminal; a long one is cut.
 * @param time as ISO 8601 writes it
 */
export function toAuditLine(event: AuditEvent, time: string): string {
  const whole = JSON.stringify(event);
  // Most are short as a whole, so that no text in them needs to be looked at.
  const isCut = whole.length > MAX_TEXT && hasLongText(event);
  const record = escapeSteering(isCut ? JSON.stringify(withTextsCut(event)) : whole);
  return `{"time":"${time}",${record.slice(1)}\n`;
}

/** An IPv4 address without the form an IPv6 socket gives it: `::ffff:192.0.2.1`. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function hasLongText(event: AuditEvent): boolean {
  const values: unknown[] = Object.values(event);
  return values.some(isLong);
}

function withTextsCut(event: AuditEvent): object {
  return Object.fromEntries(
    Object.entries<unknown>({ ...event }).map(([name, value]) => [
      name,
      isLong(value) ? `${value.slice(0, MAX_TEXT)}…` : value,
    ]),
  );
}

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.length > MAX_TEXT;
}
