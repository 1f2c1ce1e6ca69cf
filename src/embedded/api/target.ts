import type { QueryParameter } from '../../upstream/sign/encode.js';
import { invalidArgument } from './api-error.js';

/** The target of a request line, decoded once. */
export interface Target {
  /** An encoded `/` does not split a segment; dot segments are kept. */
  readonly path: readonly string[];
  /** In wire order; `+` is a plus sign. Names are unique. */
  readonly query: readonly QueryParameter[];
}

/**
 * Parses the raw request target. The URL class is unsuitable: it resolves dot segments, and the
 * signature covers the raw form.
 * @throws ApiError 400 unless it has the form `/path?query`, valid percent-encoding and unique
 *   names
 */
export function parseTarget(raw: string): Target {
  if (!raw.startsWith('/')) throw invalidArgument('The request target must begin with "/".');
  const mark = raw.indexOf('?');
  const path = mark < 0 ? raw : raw.slice(0, mark);
  const query = mark < 0 ? '' : raw.slice(mark + 1);
  return {
    path: path.slice(1).split('/').map(decode),
    query: withoutRepeats(
      query
        .split('&')
        .filter((pair) => pair !== '')
        .map(toParameter),
    ),
  };
}

function toParameter(pair: string): QueryParameter {
  const equals = pair.indexOf('=');
  return equals < 0
    ? [decode(pair), '']
    : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidArgument('The request target is not percent-encoded UTF-8.');
  }
}

function withoutRepeats(parameters: readonly QueryParameter[]): readonly QueryParameter[] {
  if (new Set(parameters.map(([name]) => name)).size < parameters.length) {
    throw invalidArgument('Duplicate query parameter; send each parameter once.');
  }
  return parameters;
}
