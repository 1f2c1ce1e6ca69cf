import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** Protects names and values in a store that others can read. */
export interface Seal {
  /** The name of a value, which does not reveal the key. */
  nameOf(key: string): string;
  /** Encrypts a value for one name. */
  seal(name: string, text: string): Buffer;
  /** Decrypts a value; undefined unless it was sealed with this secret for this name. */
  open(name: string, sealed: Buffer): string | undefined;
}

const ALGORITHM = 'aes-256-gcm';
/** Bytes; NIST SP 800-38D, 8.2: 96 random bits do not repeat under one key in practice. */
const IV_LENGTH = 12;
const TAG_LENGTH = 16;

/**
 * AES-256-GCM with the name as additional data, so that a value is valid under its own name only.
 */
export function createSeal(secret: Buffer): Seal {
  const nameKey = derive(secret, 'backup links: names');
  const valueKey = derive(secret, 'backup links: values');
  return {
    nameOf: (key) => createHmac('sha256', nameKey).update(key).digest('hex'),
    seal: (name, text) => {
      const iv = randomBytes(IV_LENGTH);
      const cipher = createCipheriv(ALGORITHM, valueKey, iv).setAAD(Buffer.from(name));
      const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), encrypted]);
    },
    open: (name, sealed) => {
      const iv = sealed.subarray(0, IV_LENGTH);
      const tag = sealed.subarray(IV_LENGTH, IV_LENGTH + TAG_LENGTH);
      const encrypted = sealed.subarray(IV_LENGTH + TAG_LENGTH);
      if (tag.length < TAG_LENGTH) return undefined;
      const decipher = createDecipheriv(ALGORITHM, valueKey, iv, { authTagLength: TAG_LENGTH });
      decipher.setAAD(Buffer.from(name)).setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

/** RFC 5869: a separate key for each purpose. */
function derive(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
}
