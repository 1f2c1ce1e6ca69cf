import { parser } from '@prometheus-io/lezer-promql';

export interface Expression {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

/**
 * Returns the metrics and labels that a PromQL expression reads.
 * @throws Error if the expression is invalid
 */
export function readExpression(text: string): Expression {
  const metrics = new Set<string>();
  const labels = new Set<string>();
  parser.parse(text).iterate({
    enter: ({ name, type, from, to, node }) => {
      if (type.isError) throw new Error(`not valid at ${from}: ${text}`);
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector')
        metrics.add(text.slice(from, to));
      if (name === 'LabelName') labels.add(text.slice(from, to));
    },
  });
  return { metrics: [...metrics], labels: [...labels] };
}
