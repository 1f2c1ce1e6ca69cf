import { valueOf } from './figures.js';
import { number } from './table.js';

/**
 * Compares goals with what was measured.
 * @returns for each goal what it asks, what `is`, both as text, and its `verdict`: `met`, `missed` or
 *   `not measured`
 */
export function judge(goals, sections) {
  return goals.map((goal) => {
    const section = sections.find(({ workload }) => workload === goal.workload);
    const is = section?.rows === undefined ? null : resultOf(goal, section);
    return {
      ...goal,
      asks: asks(goal),
      is: is === null ? '' : textOf(goal, is),
      verdict: verdictOf(goal, is),
    };
  });
}

/** The section of the goals that could be judged. */
export function goalsSection(judged) {
  const rows = judged
    .filter(({ verdict }) => verdict !== 'not measured')
    .map(({ workload, asks: text, is, verdict }) => [workload, text, is, verdict]);
  return { workload: 'goals', title: 'Goals', head: ['', 'goal', 'is', ''], rows };
}

function resultOf({ row, column, over, atMost }, section) {
  const figure = (name) => figureIn(section, name, column);
  const own = figure(row);
  if (over === undefined) return own;
  const others = over.map(figure).filter((value) => value !== null);
  if (own === null || others.length < over.length) return null;
  return own / (atMost === undefined ? Math.max(...others) : Math.min(...others));
}

function figureIn({ head, rows }, name, column) {
  const cells = rows.find(([title]) => title === name);
  const value = valueOf(cells?.[head.indexOf(column)]);
  return typeof value === 'number' ? value : null;
}

function verdictOf({ atLeast = -Infinity, atMost = Infinity }, is) {
  if (is === null) return 'not measured';
  return is >= atLeast && is <= atMost ? 'met' : 'missed';
}

function asks({ row, column, over, atLeast, atMost }) {
  const figure = row === 'product' ? column : `${row}: ${column}`;
  const bound = `at ${atLeast === undefined ? 'most' : 'least'} ${String(atLeast ?? atMost)}`;
  return over === undefined ? `${figure} ${bound}` : `${figure} ${bound} x ${over.join(' and ')}`;
}

const textOf = ({ over }, is) => (over === undefined ? number(is) : `${is.toPrecision(3)} x`);
