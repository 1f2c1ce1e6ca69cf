import { createHash } from 'node:crypto';

/** Names an account of an upstream where several processes meet, without showing its key id. */
export function accountIdOf(origin: string, accessKeyId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([origin, accessKeyId]))
    .digest('hex');
}
