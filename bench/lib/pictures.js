import { valueOf } from './figures.js';
import { lineChart } from './line-chart.js';

const WAITING = /^(\d+) ms, (\d+) clients?$/;
const CPU = ', CPU ms';
const STYLES = { product: 'own', 'two calls': 'bound' };

/**
 * Draws what the numbers have.
 * @returns SVG text by file name
 */
export function pictures(sections) {
  const waiting = sections.find(({ workload }) => workload === 'W4');
  const grown = sections.filter(({ workload, rows }) => /^W8 (?!large)/.test(workload) && rows);
  return {
    ...(waiting && { 'waiting.svg': waitingPicture(waiting) }),
    ...(grown.length > 0 && { 'growth.svg': growthPicture(grown) }),
  };
}

/** W4: a panel for each number of clients. */
function waitingPicture({ head, rows }) {
  const columns = head.flatMap((title, index) => {
    const [, latency, clients] = WAITING.exec(title) ?? [];
    return latency === undefined
      ? []
      : [{ index, latency: Number(latency), clients: Number(clients) }];
  });
  const panels = [...new Set(columns.map(({ clients }) => clients))].map((clients) => {
    const own = columns.filter((column) => column.clients === clients);
    return {
      title: clients === 1 ? '1 client' : `${clients} clients`,
      xTicks: own.map(({ latency }) => latency),
      lines: rows.map(([name, ...cells]) => ({
        name,
        style: STYLES[name] ?? 'other',
        points: own.map(({ latency, index }) => [latency, valueOf(cells[index - 1])]),
      })),
    };
  });
  return lineChart({
    title: 'Waiting for a page of 50 new links',
    xLabel: 'latency of the upstream, ms',
    yLabel: 'median wait, ms',
    panels,
  });
}

/** W8: a panel for each kind of store; processor time over that of the smallest store. */
function growthPicture(sections) {
  const panels = sections.map(({ workload, head, rows }) => {
    const sizes = head.slice(1, -1).map(Number);
    const lines = rows
      .filter(([name]) => name.endsWith(CPU))
      .map(([name, ...cells]) => ({
        name: name.slice(0, -CPU.length),
        style: 'other',
        points: sizes.map((size, index) => [size, valueOf(cells[index]) / valueOf(cells[0])]),
      }));
    return { title: workload.replace('W8 ', 'in a '), xTicks: sizes, lines };
  });
  return lineChart({
    title: 'Processor time of an answer, as the number of backups grows',
    xLabel: 'backups of the instance',
    yLabel: 'times that of the smallest store',
    xScale: 'log',
    panels,
  });
}
