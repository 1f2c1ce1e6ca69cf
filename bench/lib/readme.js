import { readFileSync, writeFileSync } from 'node:fs';
import { goals } from '../goals.js';
import { goalsSection, judge } from './judge.js';
import { pictures } from './pictures.js';
import { toMarkdown } from './table.js';

const fileOf = (name) => new URL(`../${name}`, import.meta.url);
/** What each picture shows, for those who cannot see it. */
const ALTERNATIVES = {
  'waiting.svg':
    'Line chart: the median wait for a page of 50 new links against the latency of the upstream, for one and eight clients, beside other servers',
  'growth.svg':
    'Line chart: the processor time of an answer against the number of backups, relative to the smallest store',
};

/** Draws the pictures, and writes pictures, goals and tables between the markers of the README. */
export function updateReadme(numbers) {
  const drawn = pictures(numbers.sections);
  for (const [name, svg] of Object.entries(drawn)) writeFileSync(fileOf(name), svg);
  const images = Object.keys(drawn).map((name) => `![${ALTERNATIVES[name]}](${name})`);
  const readme = readFileSync(fileOf('README.md'), 'utf8');
  const withPictures = replacePart(readme, 'pictures', images.join('\n\n'));
  writeFileSync(fileOf('README.md'), replacePart(withPictures, 'numbers', report(numbers)));
}

function replacePart(text, name, content) {
  const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`bench/README.md lacks the markers of its ${name}`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}

function report({ conditions, leftOut, sections }) {
  const judged = judge(goals, sections);
  const count = (verdict) => judged.filter((goal) => goal.verdict === verdict).length;
  const summary = ['met', 'missed', 'not measured']
    .filter((verdict) => count(verdict) > 0)
    .map((verdict) => `${count(verdict)} ${verdict}`);
  return [
    `${conditions}.`,
    leftOut,
    `Of ${judged.length} goals: ${summary.join(', ')}.${missedOf(judged)}`,
    ...[goalsSection(judged), ...sections].map(toMarkdown),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function missedOf(judged) {
  const missed = judged.filter(({ verdict }) => verdict === 'missed');
  if (missed.length === 0) return '';
  return ` Missed: ${missed.map(({ workload, asks, is }) => `${workload} ${asks} (${is})`).join('; ')}.`;
}
