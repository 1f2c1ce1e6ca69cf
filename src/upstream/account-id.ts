import { createHash } from 'node:crypto';
import type { Secret } from '../config/secret.js';

/**
 * Names an account of an upstream where several processes meet, without showing its key id.
 * @param session of temporary credentials, to tell what belongs to them from what belongs to the account
 */
export function accountIdOf(origin: string, accessKeyId: string, session?: Secret): string {
  const parts = [origin, accessKeyId, ...(session ? [session.reveal()] : [])];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
