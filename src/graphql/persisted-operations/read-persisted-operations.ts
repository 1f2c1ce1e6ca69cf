import { readFile } from 'node:fs/promises';
import { type OperationList, parseOperationList } from './operation-list.js';

/**
 * Reads the file of the operations that may run; null where none is set.
 * @throws Error naming the setting where the file cannot be used
 */
export async function readPersistedOperations(
  file: string | undefined,
): Promise<OperationList | null> {
  if (file === undefined) return null;
  try {
    return parseOperationList(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'it is not valid JSON' : messageOf(cause);
    throw new Error(`cannot read the operations of PERSISTED_OPERATIONS: ${reason}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown reason';
}
