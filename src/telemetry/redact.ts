import { isNativeError } from 'node:util/types';
import { cutText } from '../domain/cut-text.js';

/** Removes secrets from a text: passwords and queries of URLs, signatures, tokens. */
export function redact(text: string): string {
  return text
    .replace(/\b([a-z][a-z\d+.-]{0,15}:\/\/)[^\s"'<>/?#@]*@/gi, '$1[redacted]@')
    .replace(/[^\s"'<>]+/g, withoutQuery)
    .replace(/JDCLOUD2-HMAC-SHA256[^\n"]*/g, '[redacted]')
    .replace(/\b(Bearer|Basic)\s+[^\s"']+/gi, '$1 [redacted]')
    .replace(/(?<![\w-])([\w-]+)=[^\s&"']*/g, withoutValue);
}

/** A message can quote what anybody sent, so each word is read once: no expression backtracks. */
function withoutQuery(word: string): string {
  const url = word.search(/https?:\/\//i);
  const end = url < 0 ? -1 : word.slice(url).search(/[?#]/);
  return end < 0 ? word : `${word.slice(0, url + end)}?[redacted]`;
}

function withoutValue(pair: string, name: string): string {
  const word = name.slice(name.lastIndexOf('-') + 1).toLowerCase();
  const isSecret = /accesskey|secret/.test(word) || /(?:signature|token|credential)$/.test(word);
  return isSecret ? `${name}=[redacted]` : pair;
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
