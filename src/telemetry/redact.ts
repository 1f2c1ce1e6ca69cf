import { isNativeError } from 'node:util/types';
import { cutText } from '../domain/cut-text.js';

const RULES: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\b([a-z][a-z\d+.-]{0,15}:\/\/)[^\s"'<>/?#@]*@/gi, '$1[redacted]@'],
  [/(https?:\/\/[^\s"'<>?#]*)[?#][^\s"'<>]*/gi, '$1?[redacted]'],
  [/JDCLOUD2-HMAC-SHA256[^\n"]*/g, '[redacted]'],
  [/\b(Bearer|Basic)\s+[^\s"']+/gi, '$1 [redacted]'],
  [
    /\b((?:[\w-]*(?:signature|accesskey\w*|secret\w*|token|credential)))=[^\s&"']*/gi,
    '$1=[redacted]',
  ],
];

/** Removes secrets from a text: passwords and queries of URLs, signatures, tokens. */
export function redact(text: string): string {
  return RULES.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}

/** Maximum characters of a message, which can quote a whole response. */
const MAX_MESSAGE = 1000;

/** Maximum causes of an error; a chain can be cyclic. */
const MAX_CAUSES = 5;

/**
 * Describes an error for the log: names, codes and redacted messages along its causes, no
 * properties. Of a cause that is a plain object, only codes.
 */
export function describeError(error: unknown, depth = MAX_CAUSES): Record<string, unknown> {
  if (!isNativeError(error)) return codesOf(error);
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return {
    type: error.name,
    ...code,
    message: cutText(redact(error.message), MAX_MESSAGE),
    ...(error.cause !== undefined && depth > 0 && { cause: describeError(error.cause, depth - 1) }),
  };
}

function codesOf(cause: unknown): Record<string, unknown> {
  if (typeof cause !== 'object' || cause === null) return { type: typeof cause };
  const members = Object.entries(cause).filter(([name, value]) => CODES.has(name) && isCode(value));
  return members.length === 0 ? { type: 'object' } : Object.fromEntries(members);
}

const CODES: ReadonlySet<string> = new Set(['code', 'status', 'errorStatus']);

/**
 * A number or up to a few words: `ENOTFOUND`, `unexpected result`. Longer text can contain
 * anything.
 */
function isCode(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^[\w. -]{1,64}$/.test(value));
}

/** The stack frames of an error without its message, whose lines can look like frames. */
export function placesOf(error: unknown): string[] | undefined {
  if (!isNativeError(error)) return undefined;
  const places = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return places?.map(redact);
}
