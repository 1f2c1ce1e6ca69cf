import { Counter, Histogram, type Registry } from 'prom-client';
import { createBoundedNames } from './bounded-names.js';

export interface OperationMetrics {
  /** The name of an operation as it may stand in a label, or in a trace. */
  nameOf(operation: OperationEnd): string;
  ended(operation: OperationEnd, seconds: number): void;
}

export interface OperationEnd {
  /** Null for an operation without one, and for a document that holds no valid operation. */
  readonly name: string | null;
  readonly type: string | null;
  /** Codes of its errors, each once. */
  readonly codes: readonly string[];
  /** Whether its name may be one of those kept apart: it was run, and not for just anybody. */
  readonly isNameKept: boolean;
}

/** @param maxNames how many names are told apart; a name takes a place only where it may be kept */
export function createOperationMetrics(registry: Registry, maxNames: number): OperationMetrics {
  const bounded = createBoundedNames(maxNames);
  const registers = [registry];
  const operations = new Counter({
    name: 'backup_graphql_operations_total',
    help: 'GraphQL operations by name, type and the code of their first error; "OK" without one.',
    labelNames: ['operation', 'type', 'code'],
    registers,
  });
  const errors = new Counter({
    name: 'backup_graphql_operation_errors_total',
    help: 'Codes of errors in answers; each code once for an operation.',
    labelNames: ['code'],
    registers,
  });
  const duration = new Histogram({
    name: 'backup_graphql_operation_duration_seconds',
    help: 'Time of a GraphQL operation, by its name.',
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
