import { Counter, Gauge, type Registry } from 'prom-client';

export interface TokenMetrics {
  /** A token was rejected. @param reason from a small set, since it becomes a label */
  refused(reason: string): void;
  keysFetched(at: Date): void;
  keyFetchFailed(): void;
}

export function createTokenMetrics(registry: Registry): TokenMetrics {
  const registers = [registry];
  const refusals = new Counter({
    name: 'backup_graphql_tokens_refused_total',
    help: 'Rejected tokens, by the claim or header parameter and the check it failed.',
    labelNames: ['reason'],
    registers,
  });
  const fetches = new Counter({
    name: 'backup_graphql_token_key_fetches_total',
    help: 'Fetches of token verification keys: "ok" or "failed".',
    labelNames: ['outcome'],
    registers,
  });
  // Initialized, so that rates are 0 rather than absent.
  for (const outcome of ['ok', 'failed']) fetches.inc({ outcome }, 0);
  const fetchedAt = new Gauge({
    name: 'backup_graphql_token_keys_fetched_timestamp_seconds',
    help: 'When the current token verification keys were fetched, as a Unix timestamp in seconds; 0 before the first fetch.',
    registers,
  });
  return {
    refused: (reason) => {
      refusals.inc({ reason });
    },
    keysFetched: (at) => {
      fetches.inc({ outcome: 'ok' });
      fetchedAt.set(at.getTime() / 1000);
    },
    keyFetchFailed: () => {
      fetches.inc({ outcome: 'failed' });
    },
  };
}
