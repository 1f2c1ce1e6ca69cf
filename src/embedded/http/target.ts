import type { QueryParameter } from '../../upstream/sign/encode.js';
import { invalidArgument } from './api-error.js';

/** The target of a request line, decoded once. */
export interface Target {
  /** An encoded `/` does not split a segment, and dot segments are kept as they came. */
  readonly path: readonly string[];
  /** In the order of the wire; a `+` is a plus. No name occurs twice. */
  readonly query: readonly QueryParameter[];
}

/**
 * Reads the raw target of a request line. No URL class here: it would resolve dot segments, and what
 * was signed is the raw form.
 * @throws ApiError 400 for another form than `/path?query`, wrong percent-encoding, a name given twice
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
    throw invalidArgument('A query parameter is given twice: give each once.');
  }
  return parameters;
}
