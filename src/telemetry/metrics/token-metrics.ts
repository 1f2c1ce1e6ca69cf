import { Counter, Gauge, type Registry } from 'prom-client';

export interface TokenMetrics {
  /** A token was refused. @param reason one of few: it becomes a label */
  refused(reason: string): void;
  keysFetched(at: Date): void;
  keyFetchFailed(): void;
}

export function createTokenMetrics(registry: Registry): TokenMetrics {
  const registers = [registry];
  const refusals = new Counter({
    name: 'backup_graphql_tokens_refused_total',
    help: 'Tokens that were refused, by the claim or header member and the check it did not pass.',
    labelNames: ['reason'],
    registers,
  });
  const fetches = new Counter({
    name: 'backup_graphql_token_key_fetches_total',
    help: 'Fetches of the keys that tokens are checked with: "ok" or "failed".',
    labelNames: ['outcome'],
    registers,
  });
  // A rate of what has not happened yet is 0, not absent.
  for (const outcome of ['ok', 'failed']) fetches.inc({ outcome }, 0);
  const fetchedAt = new Gauge({
    name: 'backup_graphql_token_keys_fetched_timestamp_seconds',
    help: 'When the keys in use were fetched, in seconds since 1970; 0 before the first time.',
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
