/** An SVG of line charts side by side, on a ground of its own that follows the theme of the reader. */

const PANEL = { width: 490, height: 330 };
const PLOT = { left: 56, right: 204, top: 64, bottom: 52 };
const INNER = {
  width: PANEL.width - PLOT.left - PLOT.right,
  height: PANEL.height - PLOT.top - PLOT.bottom,
};
const LABEL_HEIGHT = 15;
const Y_STEPS = 5;

const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .title { font-size: 14px; font-weight: 600; }
  .quiet { fill: #59636e; }
  .ground { fill: #ffffff; }
  .grid { stroke: #d1d9e0; }
  .line { fill: none; stroke-width: 2; }
  .line-own { stroke: #0b6a72; stroke-width: 3; } .text-own { fill: #0b6a72; font-weight: 600; }
  .line-4 { stroke: #0b6a72; } .text-4 { fill: #0b6a72; }
  .line-0 { stroke: #b35900; } .text-0 { fill: #b35900; }
  .line-1 { stroke: #7043b0; } .text-1 { fill: #7043b0; }
  .line-2 { stroke: #1a61c2; } .text-2 { fill: #1a61c2; }
  .line-3 { stroke: #a3204f; } .text-3 { fill: #a3204f; }
  .line-bound { stroke: #59636e; stroke-dasharray: 4 4; stroke-width: 1.5; } .text-bound { fill: #59636e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet, .text-bound { fill: #9198a1; }
    .ground { fill: #0d1117; }
    .grid { stroke: #3d444d; }
    .line-own, .line-4 { stroke: #4fd1c5; } .text-own, .text-4 { fill: #4fd1c5; }
    .line-0 { stroke: #f0a35e; } .text-0 { fill: #f0a35e; }
    .line-1 { stroke: #c6a5f7; } .text-1 { fill: #c6a5f7; }
    .line-2 { stroke: #79b8ff; } .text-2 { fill: #79b8ff; }
    .line-3 { stroke: #ff9ebb; } .text-3 { fill: #ff9ebb; }
    .line-bound { stroke: #9198a1; }
  }`;

/**
 * Draws panels with a common vertical axis.
 * @param chart `title`, `xLabel`, `yLabel`, `xScale` (`linear` or `log`), and `panels`, each with a `title`,
 *   `xTicks` and `lines`. A line has a `name`, `points` of `[x, y]`, and `style`: `own`, `other` or `bound`
 */
export function lineChart({ title, xLabel, yLabel, xScale = 'linear', panels }) {
  const width = PANEL.width * panels.length;
  const most = Math.max(
    ...panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(([, y]) => y))),
  );
  const yTicks = ticksUpTo(most);
  const drawn = panels.map((panel, index) => {
    const body = panelOf(panel, { xLabel, yLabel, xScale, yTicks });
    return `<g transform="translate(${index * PANEL.width} 0)">${body}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${PANEL.height}" width="${width}" height="${PANEL.height}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${width}" height="${PANEL.height}" rx="6"/>`,
    text(PLOT.left, 24, title, 'title'),
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function panelOf({ title, xTicks, lines }, { xLabel, yLabel, xScale, yTicks }) {
  const x = scaleOf(xScale, xTicks[0], xTicks.at(-1), PLOT.left, PLOT.left + INNER.width);
  const y = scaleOf('linear', 0, yTicks.at(-1), PLOT.top + INNER.height, PLOT.top);
  const end = PLOT.left + INNER.width;
  const styles = stylesOf(lines);
  const labels = apart(
    lines.map(({ name, points }, index) => ({ name, index, y: y(points.at(-1)[1]) })),
  );
  return [
    text(PLOT.left, 46, title, 'quiet'),
    ...yTicks.map(
      (tick) =>
        `<line class="grid" x1="${PLOT.left}" x2="${end}" y1="${round(y(tick))}" y2="${round(y(tick))}"/>` +
        text(PLOT.left - 8, y(tick) + 4, String(tick), 'quiet', 'end'),
    ),
    ...xTicks.map((tick) =>
      text(x(tick), PLOT.top + INNER.height + 18, tick.toLocaleString('en'), 'quiet', 'middle'),
    ),
    text(PLOT.left + INNER.width / 2, PANEL.height - 14, xLabel, '', 'middle'),
    `<text transform="translate(14 ${PLOT.top + INNER.height / 2}) rotate(-90)" text-anchor="middle">${escape(yLabel)}</text>`,
    ...lines.map(({ points }, index) => {
      const path = points.map(([px, py]) => `${round(x(px))},${round(y(py))}`).join(' ');
      return `<polyline class="line line-${styles[index]}" points="${path}"/>`;
    }),
    ...labels.map(({ name, index, y: at }) => text(end + 8, at + 4, name, `text-${styles[index]}`)),
  ].join('\n');
}

/** Other lines get one colour each. */
function stylesOf(lines) {
  let next = 0;
  return lines.map(({ style }) => (style === 'other' ? next++ : style));
}

/** Moves labels down until none covers another, and all up if the last leaves the plot. */
function apart(labels) {
  const sorted = labels.toSorted((a, b) => a.y - b.y);
  for (const [index, label] of sorted.entries()) {
    if (index > 0) label.y = Math.max(label.y, sorted[index - 1].y + LABEL_HEIGHT);
  }
  const over = Math.max(0, sorted.at(-1).y - (PLOT.top + INNER.height));
  return sorted.map((label) => ({ ...label, y: label.y - over }));
}

function scaleOf(kind, from, to, start, end) {
  const of = kind === 'log' ? Math.log : Number;
  return (value) => start + ((of(value) - of(from)) / (of(to) - of(from))) * (end - start);
}

/** Round numbers from 0 to at least `most`. */
function ticksUpTo(most) {
  const rough = most / Y_STEPS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) =>
    Number((index * step).toPrecision(6)),
  );
}

function text(x, y, content, style, anchor = 'start') {
  return `<text class="${style}" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escape(content)}</text>`;
}

const round = (value) => Math.round(value * 10) / 10;

const escape = (content) =>
  content.replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign],
  );
