/** What was measured in several rounds: its median, and the spread from the least to the most. */
export function figureOf(samples) {
  return { median: median(samples), min: Math.min(...samples), max: Math.max(...samples) };
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The number of a cell: a figure stands for its median. */
export const valueOf = (cell) => cell?.median ?? cell;
