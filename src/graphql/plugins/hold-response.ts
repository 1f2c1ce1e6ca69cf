import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { type GraphQLFormattedError, locatedError, type ResponsePath } from 'graphql';
import type { Context } from '../context.js';
import { formatError } from '../errors/format-error.js';
import type { UnrecordedField } from '../link-records.js';

/**
 * Holds a response until the records of its links are written. A link without a record becomes
 * null, with an error of its field.
 */
export function holdResponse(): ApolloServerPlugin<Context> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        // Before willSendResponse, whose hooks run together and see the final response.
        executionDidStart: ({ contextValue, response }) =>
          Promise.resolve({
            async executionDidEnd() {
              const unrecorded = await contextValue.records.settled();
              if (unrecorded.length > 0) removeLinks(response.body, unrecorded);
            },
          }),
      }),
  };
}

type Body = GraphQLRequestContextWillSendResponse<Context>['response']['body'];

function removeLinks(body: Body | undefined, unrecorded: readonly UnrecordedField[]): void {
  if (body?.kind !== 'single') return;
  const { singleResult } = body;
  const errors: GraphQLFormattedError[] = [];
  for (const { field, cause } of unrecorded) {
    const path = toPath(field.path);
    // A field that failed already has its error.
    if (!setNull(singleResult.data, path)) continue;
    const error = locatedError(cause, field.fieldNodes, path);
    errors.push(formatError(error.toJSON(), error));
  }
  if (errors.length > 0) singleResult.errors = [...(singleResult.errors ?? []), ...errors];
}

function toPath(end: ResponsePath): (string | number)[] {
  const path: (string | number)[] = [];
  for (let part: ResponsePath | undefined = end; part; part = part.prev) path.unshift(part.key);
  return path;
}

/** Whether there was a value at the path. */
function setNull(data: unknown, path: readonly (string | number)[]): boolean {
  const last = path.length - 1;
  const parent = path.slice(0, last).reduce(memberOf, data);
  const name = path[last] ?? '';
  if (memberOf(parent, name) == null) return false;
  (parent as Record<string | number, unknown>)[name] = null;
  return true;
}

function memberOf(value: unknown, name: string | number): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string | number, unknown>>)[name]
    : undefined;
}
