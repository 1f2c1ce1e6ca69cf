import { existsSync, readFileSync } from 'node:fs';

/** The version in package.json, which stands in a folder above this file, in a bundle too. */
export function programVersion(): string {
  const file = ['..', '../..']
    .map((folder) => new URL(`${folder}/package.json`, import.meta.url))
    .find((place) => existsSync(place));
  if (file === undefined) return 'unknown';
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown };
  return typeof version === 'string' ? version : 'unknown';
}
