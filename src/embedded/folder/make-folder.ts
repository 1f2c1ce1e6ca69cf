import { access, constants, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from '../../domain/error-code.js';

/**
 * Makes a folder and the missing ones above it.
 * @returns the topmost one that was made
 * @throws the error of the file system, EROFS included, which Node's recursive mkdir reports as ENOENT
 */
export async function makeFolder(path: string): Promise<string> {
  try {
    return (await mkdir(path, { recursive: true })) ?? path;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) await mayWriteAbove(path);
    throw error;
  }
}

async function mayWriteAbove(path: string): Promise<void> {
  const above = dirname(path);
  try {
    await access(above, constants.W_OK);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || above === path) throw error;
    await mayWriteAbove(above);
  }
}
