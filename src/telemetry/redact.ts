import { isNativeError } from 'node:util/types';

const RULES: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/(https?:\/\/[^\s"'<>?#]*)[?#][^\s"'<>]*/gi, '$1?[redacted]'],
  [/JDCLOUD2-HMAC-SHA256[^\n"]*/g, '[redacted]'],
  [/\b(Bearer|Basic)\s+[^\s"']+/gi, '$1 [redacted]'],
  [
    /\b((?:[\w-]*(?:signature|accesskey\w*|secret\w*|token|credential)))=[^\s&"']*/gi,
    '$1=[redacted]',
  ],
];

/** Takes out of a text what could open something: queries of links, signatures, tokens. */
export function redact(text: string): string {
  return RULES.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}

/** An error for the log: names, codes and redacted messages down its chain of causes, no properties. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!isNativeError(error)) return { type: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return {
    type: error.name,
    ...code,
    message: redact(error.message),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
