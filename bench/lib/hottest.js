import { readFileSync } from 'node:fs';

const ROOT = new URL('../..', import.meta.url).href;

/**
 * The hottest functions of a CPU profile by self time.
 * @returns name, location and share of busy time, 0 to 1
 */
export function hottest(file, count) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'));
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const times = new Map();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const { functionName, url, lineNumber } = byId.get(id);
    if (functionName === '(idle)' || functionName === '(program)') continue;
    const place = url === '' ? '' : `${shortOf(url)}:${lineNumber + 1}`;
    const key = `${functionName || '(anonymous)'} ${place}`.trim();
    times.set(key, (times.get(key) ?? 0) + timeDeltas[index]);
    busy += timeDeltas[index];
  }
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([place, time]) => ({ place, share: time / busy }));
}

/** From the root of the project, or from the package. */
function shortOf(url) {
  return url.replace(ROOT, '').replace(/^.*\/node_modules\//, '');
}
