import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/**
 * The notices of the packages that modules belong to: name, version and licence of each, with the text of its licence
 * file.
 * @param {Iterable<string>} modules paths of bundled modules; those of no package are passed over
 * @throws Error for a package that names no licence
 */
export function toNotices(modules) {
  const folders = new Set([...modules].map(packageOf).filter((folder) => folder !== undefined));
  const notices = new Map([...folders].map((folder) => toNotice(folder)));
  const sorted = [...notices].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, notice]) => notice);
  return `This software contains the following packages.\n\n${sorted.join('\n')}`;
}

/** The names and versions in notices, for example `undici@7.0.0`. */
export function packagesIn(notices) {
  return [...notices.matchAll(/^== (\S+) \(.*\)$/gm)].map(([, name]) => name);
}

/** The folder of the package a module belongs to. */
function packageOf(module) {
  const path = module.replace(/^\0+/, '').replace(/\?.*$/, '');
  if (!path.includes(`${sep}node_modules${sep}`)) return undefined;
  let folder = dirname(path);
  // Packages have further package.json files inside, without a version.
  while (!('version' in manifestOf(folder))) folder = dirname(folder);
  return folder;
}

function manifestOf(folder) {
  const file = join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

function toNotice(folder) {
  const { name, version, license } = manifestOf(folder);
  if (typeof license !== 'string') throw new Error(`${name} names no licence`);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return [`${name}@${version}`, [`== ${name}@${version} (${license})`, ...texts, ''].join('\n\n')];
}
