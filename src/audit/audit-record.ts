import type { ErrorCode } from '../domain/errors.js';
import { safeLine } from '../domain/safe-text.js';

/** The outcome of a link request: granted, not available, or an error code. */
export type LinkOutcome = 'GRANTED' | 'NOT_AVAILABLE' | 'INTERNAL_SERVER_ERROR' | ErrorCode;

/** One execution of a `downloadURL` field. Inapplicable members are null. */
export interface LinkIssueEvent {
  readonly event: 'link.issue';
  readonly caller: string;
  /** `<regionId>/<instanceId>/<backupId>`. */
  readonly backupId: string;
  /** As requested; can be any text. */
  readonly fileName: string | null;
  /** Seconds, as requested. */
  readonly lifetime: number | null;
  /** ISO 8601 text: a `Date` doubles the serialization time of a record. */
  readonly expiresAt: string | null;
  readonly outcome: LinkOutcome;
  /** Identifies the link, to find its downloads, without revealing it. */
  readonly linkId: string | null;
  /** Whether the link was issued for an earlier request of the caller. */
  readonly reused: boolean | null;
  /** The upstream request ID; for a reused link, that of the issuing call. */
  readonly requestId: string | null;
  readonly clientAddress: string;
  /** Shared by all records of an HTTP request. */
  readonly httpRequestId: string;
}

/** The part of a record about the requester. */
export type LinkAsker = Pick<LinkIssueEvent, 'caller' | 'clientAddress' | 'httpRequestId'>;

/** The part of a record about the link request itself. */
export type LinkRecord = Omit<LinkIssueEvent, 'event' | keyof LinkAsker>;

/** Written out: with a spread, creating and serializing the record takes several times as long. */
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

/** One request for a file of the embedded upstream, including rejected ones. */
export interface LinkDownloadEvent {
  readonly event: 'link.download';
  readonly linkId: string;
  readonly backupId: string;
  readonly fileName: string;
  /** Bytes of the file sent. */
  readonly bytes: number;
  /** HTTP status of the response. */
  readonly status: number;
  readonly clientAddress: string;
  /** How many requests share the line; absent for one. */
  readonly requests?: number;
}

export type AuditEvent = LinkIssueEvent | LinkDownloadEvent;

/** Maximum characters of a text in a record; file systems allow names of 255 bytes. */
const MAX_TEXT = 512;

/**
 * Serializes a record as one JSON line. Texts cannot start another line, including at Unicode line
 * separators, or control a terminal; long ones are truncated.
 * @param time as ISO 8601 text
 */
export function toAuditLine(event: AuditEvent, time: string): string {
  const whole = JSON.stringify(event);
  // Most records are short enough that no text needs checking.
  const record = safeLine(whole.length > MAX_TEXT ? JSON.stringify(event, cutText) : whole);
  return `{"time":"${time}",${record.slice(1)}\n`;
}

/** A replacer of `JSON.stringify`. */
function cutText(_name: string, value: unknown): unknown {
  const isLong = typeof value === 'string' && value.length > MAX_TEXT;
  return isLong ? `${value.slice(0, MAX_TEXT)}…` : value;
}
