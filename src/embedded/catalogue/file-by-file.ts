import { ENGINES, type Engine } from '../../domain/engines.js';

/**
 * Whether files of this engine's backups are downloaded one by one, so that a backup may have several.
 * Otherwise the whole set is one file.
 */
export function isFileByFile(engine: Engine): boolean {
  const { rules } = ENGINES[engine];
  return rules.links !== null && rules.fileName === 'required';
}
