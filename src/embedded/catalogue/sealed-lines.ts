import { createHash } from 'node:crypto';

/** Why a kept index is not used. */
export class DistrustError extends Error {
  override readonly name = 'DistrustError';
}

/**
 * Seals lines with their SHA-256, so that a text that was cut, changed or appended to shows. The seal is the last
 * line; no other begins as it does.
 */
export interface LineSeal {
  add(line: string): void;
  /** The last line. */
  seal(): string;
}

export interface SealCheck {
  /**
   * Whether the line is one of those sealed, and not the seal itself.
   * @throws DistrustError for a line behind the seal
   */
  add(line: string): boolean;
  /** @throws DistrustError unless the seal has come and is that of the lines */
  end(): void;
}

const SEAL = '= ';

export function createLineSeal(): LineSeal {
  const hash = createHash('sha256');
  return {
    add: (line) => void hash.update(line),
    seal: () => `${SEAL}${JSON.stringify({ sha256: hash.digest('hex') })}`,
  };
}

export function createSealCheck(): SealCheck {
  const own = createLineSeal();
  let seal: string | undefined;
  return {
    add(line) {
      if (seal !== undefined) throw new DistrustError('something follows its end');
      if (line.startsWith(SEAL)) seal = line;
      else own.add(line);
      return seal === undefined;
    },
    end() {
      if (seal === undefined) throw new DistrustError('its end is missing');
      if (seal !== own.seal()) throw new DistrustError('its checksum is that of another content');
    },
  };
}
