import { isNativeError } from 'node:util/types';

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

/** Takes out of a text what could open something: passwords and queries of addresses, signatures, tokens. */
export function redact(text: string): string {
  return RULES.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}

/** Causes told of one error; a chain may be a ring. */
const MAX_CAUSES = 5;

/** An error for the log: names, codes and redacted messages down its chain of causes, no properties. */
export function describeError(error: unknown, depth = MAX_CAUSES): Record<string, unknown> {
  if (!isNativeError(error)) return { type: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return {
    type: error.name,
    ...code,
    message: redact(error.message),
    ...(error.cause !== undefined && depth > 0 && { cause: describeError(error.cause, depth - 1) }),
  };
}

/** Where an error was thrown, without its message; a line of that may look like a place. */
export function placesOf(error: unknown): string[] | undefined {
  if (!isNativeError(error)) return undefined;
  const places = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return places?.map(redact);
}
