import { type Caller, mayDownload, mayRead } from '../../domain/caller.js';
import { PublicError } from '../../domain/errors.js';
import type { InstanceKey } from '../../domain/ids.js';
import type { Context } from '../context.js';

/** Resolvers by type and field. Root fields get the context as third argument, references as second. */
export type ResolverMap = Readonly<Record<string, object>>;

type Resolve = (...args: readonly unknown[]) => unknown;

/**
 * Lets every way into the graph be gone by callers who may read alone: all root fields, and the
 * references of all entities, whichever there are. The fields below are reached through these only.
 */
export function forReaders(resolvers: ResolverMap): ResolverMap {
  return mapValues(resolvers, (fields, typeName) =>
    mapValues(fields, (resolve, field) => {
      if (typeName === 'Query') return forReadersAt(2, resolve as Resolve);
      // Async, so that the refusal is an error of its own entity.
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
    ? new PublicError('FORBIDDEN', `This needs a token with the scope ${right}.`)
    : new PublicError('UNAUTHENTICATED', 'This needs a token: send it as Authorization: Bearer.');
}

function mapValues<Value, Mapped>(
  record: Readonly<Record<string, Value>> | object,
  map: (value: Value, name: string) => Mapped,
): Record<string, Mapped> {
  const entries = Object.entries(record) as [string, Value][];
  return Object.fromEntries(entries.map(([name, value]) => [name, map(value, name)]));
}
