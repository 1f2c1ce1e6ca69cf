import { isNativeError } from 'node:util/types';

/**
 * Words by which a Redis says why it refuses a command: they are all that is told of its reply, which
 * may hold addresses and values (Redis serialization protocol, simple errors).
 */
const WORDS =
  /\b(?:ASK|BUSY|CLUSTERDOWN|CROSSSLOT|DENIED|EXECABORT|LOADING|MASTERDOWN|MISCONF|MOVED|NOAUTH|NOPERM|NOREPLICAS|NOSCRIPT|OOM|READONLY|TRYAGAIN|WRONGPASS|WRONGTYPE)\b/;

/** The word of a reply that refuses a command, `ERR` for any other; undefined for what is no such reply. */
export function refusalWord(error: unknown): string | undefined {
  if (!isNativeError(error) || error.name !== 'ReplyError') return undefined;
  return WORDS.exec(error.message)?.[0] ?? 'ERR';
}

/** Whether a server says that it is a replica, as after a failover: its name leads to another one now. */
export function saysReplica(error: Error): boolean {
  return /^(?:READONLY|MASTERDOWN)$/.test(refusalWord(error) ?? '');
}
