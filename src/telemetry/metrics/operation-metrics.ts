import { Counter, Histogram, type Registry } from 'prom-client';
import { createBoundedNames } from './bounded-names.js';

export interface OperationMetrics {
  /** The name of an operation for labels and traces. */
  nameOf(operation: OperationEnd): string;
  ended(operation: OperationEnd, seconds: number): void;
}

export interface OperationEnd {
  /** Null for an anonymous operation or a document without a valid operation. */
  readonly name: string | null;
  readonly type: string | null;
  /** Distinct error codes. */
  readonly codes: readonly string[];
  /**
   * Whether its name can be kept as distinct: it was executed, and not for an anonymous caller.
   */
  readonly isNameKept: boolean;
}

/** @param maxNames number of distinct names; only names that can be kept count */
export function createOperationMetrics(registry: Registry, maxNames: number): OperationMetrics {
  const bounded = createBoundedNames(maxNames);
  const registers = [registry];
  const operations = new Counter({
    name: 'backup_graphql_operations_total',
    help: 'GraphQL operations by name, type and code of their first error; "OK" without errors.',
    labelNames: ['operation', 'type', 'code'],
    registers,
  });
  const errors = new Counter({
    name: 'backup_graphql_operation_errors_total',
    help: 'Error codes in responses; each code counts once per operation.',
    labelNames: ['code'],
    registers,
  });
  const duration = new Histogram({
    name: 'backup_graphql_operation_duration_seconds',
    help: 'Duration of GraphQL operations, by name.',
    labelNames: ['operation'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const nameOf = ({ name, isNameKept }: OperationEnd): string =>
    name === null ? 'anonymous' : bounded(name, isNameKept);
  return {
    nameOf,
    ended(end, seconds) {
      const operation = nameOf(end);
      operations.inc({ operation, type: end.type ?? 'none', code: end.codes[0] ?? 'OK' });
      for (const code of end.codes) errors.inc({ code });
      duration.observe({ operation }, seconds);
    },
  };
}
