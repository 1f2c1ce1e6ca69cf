import { type Caller, mayDownload, mayRead } from '../../domain/caller.js';
import { PublicError } from '../../domain/errors.js';
import type { InstanceKey } from '../../domain/ids.js';
import type { Context } from '../context.js';

/** Resolvers of the fields of Query. */
export type RootFields = Readonly<Record<string, RootResolver>>;

type RootResolver = (root: unknown, args: unknown, context: Context, info: unknown) => unknown;

/**
 * Requires `backups:read` on every root field; all other fields are reached through these, and
 * entities check it one by one.
 */
export function forReaders(fields: RootFields): RootFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, resolve]) => [
      name,
      (root, args, context, info) => {
        requireRead(context.caller);
        return resolve(root, args, context, info);
      },
    ]),
  );
}

/** @throws PublicError UNAUTHENTICATED, FORBIDDEN */
export function requireRead(caller: Caller): void {
  if (!mayRead(caller)) throw refusal(caller, 'backups:read');
}

/** @throws PublicError UNAUTHENTICATED, FORBIDDEN */
export function requireDownload(caller: Caller, backup: InstanceKey): void {
  if (!mayDownload(caller, backup)) throw refusal(caller, 'backups:download');
}

function refusal({ isKnown }: Caller, right: string): PublicError {
  return isKnown
    ? new PublicError('FORBIDDEN', `Missing permission \`${right}\`; use a token that grants it.`)
    : new PublicError(
        'UNAUTHENTICATED',
        'Authentication required; send a token as `Authorization: Bearer <token>`.',
      );
}
