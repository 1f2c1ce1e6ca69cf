import { fstatSync } from 'node:fs';
import { writeAll } from '../download/batch-writer.js';

const STANDARD_OUTPUT = 1;

/** Writes all bytes, in order, which may be used again then. @throws the error of the system */
export type ByteOutput = (chunks: readonly Buffer[]) => Promise<void>;

/** Standard output. An unread pipe blocks no thread, so that the program can be stopped. */
export function openByteOutput(): ByteOutput {
  const stats = fstatSync(STANDARD_OUTPUT);
  const isPipe = stats.isFIFO() || stats.isSocket();
  return isPipe ? writeToPipe : (chunks) => writeAll(STANDARD_OUTPUT, chunks, null);
}

function writeToPipe(chunks: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = chunks.length;
    process.stdout.cork();
    for (const chunk of chunks) {
      process.stdout.write(chunk, (error) => {
        left -= 1;
        if (error != null) reject(error);
        else if (left === 0) resolve();
      });
    }
    process.stdout.uncork();
    if (left === 0) resolve();
  });
}
