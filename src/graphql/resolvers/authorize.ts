import { type Caller, mayDownload, mayRead } from '../../domain/caller.js';
import { PublicError } from '../../domain/errors.js';
import type { InstanceKey } from '../../domain/ids.js';
import type { Context } from '../context.js';

/**
 * Resolvers by type and field. The context is the third argument of root fields and the second of
 * references.
 */
export type ResolverMap = Readonly<Record<string, object>>;

type Resolve = (...args: readonly unknown[]) => unknown;

/**
 * Requires `backups:read` on every root field and entity reference. All other fields are reached
 * through these.
 */
export function forReaders(resolvers: ResolverMap): ResolverMap {
  return mapValues(resolvers, (fields, typeName) =>
    mapValues(fields, (resolve, field) => {
      if (typeName === 'Query') return forReadersAt(2, resolve as Resolve);
      // Async, so that the error belongs to its own entity.
      if (field === '__resolveReference') return asyncOf(forReadersAt(1, resolve as Resolve));
      return resolve;
    }),
  );
}

/** @throws PublicError UNAUTHENTICATED, FORBIDDEN */
export function requireDownload(caller: Caller, backup: InstanceKey): void {
  if (!mayDownload(caller, backup)) throw refusal(caller, 'backups:download');
}

function forReadersAt(contextIndex: number, resolve: Resolve): Resolve {
  return (...args) => {
    const { caller } = args[contextIndex] as Context;
    if (!mayRead(caller)) throw refusal(caller, 'backups:read');
    return resolve(...args);
  };
}

const asyncOf =
  (resolve: Resolve): Resolve =>
  // eslint-disable-next-line @typescript-eslint/require-await -- a throw becomes a rejection
  async (...args) =>
    resolve(...args);

function refusal({ isKnown }: Caller, right: string): PublicError {
  return isKnown
    ? new PublicError('FORBIDDEN', `Missing permission \`${right}\`; use a token that grants it.`)
    : new PublicError(
        'UNAUTHENTICATED',
        'Authentication required; send a token as `Authorization: Bearer <token>`.',
      );
}

function mapValues<Value, Mapped>(
  record: Readonly<Record<string, Value>> | object,
  map: (value: Value, name: string) => Mapped,
): Record<string, Mapped> {
  const entries = Object.entries(record) as [string, Value][];
  return Object.fromEntries(entries.map(([name, value]) => [name, map(value, name)]));
}
