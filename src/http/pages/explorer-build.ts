import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { hasCode } from '../../domain/error-code.js';

/** A file of the built page. */
export interface ExplorerAsset {
  readonly name: string;
  readonly type: string;
  readonly body: Buffer;
}

/** The built page, in memory: it is small, and requests cannot reach other files. */
export interface ExplorerBuild {
  readonly html: string;
  /** Named by content hash. */
  readonly assets: readonly ExplorerAsset[];
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** Reads the build in `dir`; null if there is none. */
export async function readExplorerBuild(dir: string): Promise<ExplorerBuild | null> {
  try {
    const html = await readFile(join(dir, 'index.html'), 'utf8');
    const names = await readdir(join(dir, 'assets'));
    return { html, assets: await Promise.all(names.map((name) => readAsset(dir, name))) };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function readAsset(dir: string, name: string): Promise<ExplorerAsset> {
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  return { name, type, body: await readFile(join(dir, 'assets', name)) };
}
