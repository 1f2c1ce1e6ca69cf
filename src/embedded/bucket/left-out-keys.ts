import type { Logger } from '../../telemetry/logger.js';

/** Keys of files that are not in the catalogue, reported once. */
export interface LeftOutKeys {
  add(key: string): void;
  /** Warns of those that were added since it was called last, where one of them is new. */
  tell(): void;
}

/** Keys remembered; of more than that, only the number is known. */
const MAX_KEYS = 1000;

export function createLeftOutKeys(logger: Logger): LeftOutKeys {
  let reported = new Set<string>();
  let added = new Set<string>();
  let count = 0;
  return {
    add(key) {
      if (!added.has(key)) count += 1;
      if (added.size < MAX_KEYS) added.add(key);
    },
    tell() {
      const key = [...added].find((one) => !reported.has(one));
      if (key !== undefined) {
        logger.warn(
          { count, key },
          'objects are left out: not there, a name of another file, or a key that no link can carry',
        );
      }
      [reported, added, count] = [added, new Set(), 0];
    },
  };
}
