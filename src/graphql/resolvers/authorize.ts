import { defaultFieldResolver, type GraphQLFieldResolver } from 'graphql';
import { type Caller, mayDownload, mayRead } from '../../domain/caller.js';
import { PublicError } from '../../domain/errors.js';
import type { InstanceKey } from '../../domain/ids.js';
import type { Context } from '../context.js';

type Resolve = GraphQLFieldResolver<unknown, Context>;

/**
 * Requires `backups:read` for a root field; all other fields are reached through these, and
 * entities check it one by one.
 */
export function forReaders(resolve: Resolve = defaultFieldResolver): Resolve {
  return (root, args, context, info) => {
    requireRead(context.caller);
    return resolve(root, args, context, info);
  };
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
