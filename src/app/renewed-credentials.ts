import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, Credentials } from '../config/config.js';
import type { CredentialSource } from '../upstream/policy/retry.js';
import type { Renewal } from './renewal.js';

/** Cloud credentials read from files. */
export interface RenewedCredentials extends CredentialSource {
  /** Calls `listener` each time the credentials change. */
  onChange(listener: () => void): void;
}

export interface RenewedCredentialsOptions {
  readonly renewal: Pick<Renewal, 'current' | 'refresh' | 'onChange'>;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
  /** Resolves after `ms` milliseconds. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** Milliseconds before rereading unchanged files, however many calls are rejected. */
const REST_MS = 5000;
/** Milliseconds during which new credentials may be only half of a new set. */
const YOUNG_MS = 10_000;
const WAIT_MS = 2000;
const STEP_MS = 200;

export function createRenewedCredentials(options: RenewedCredentialsOptions): RenewedCredentials {
  const { renewal, now = () => performance.now(), pause = sleep } = options;
  const listeners: (() => void)[] = [];
  let current = credentialsOf(renewal.current());
  let since = now();
  let restUntil = -Infinity;
  let lookup: Promise<boolean> | undefined;

  renewal.onChange((config, changed) => {
    if (![...changed].some((name) => name.startsWith('JDCLOUD_'))) return;
    current = credentialsOf(config);
    since = now();
    for (const listener of listeners) listener();
  });

  async function findOthers(refused: Credentials): Promise<boolean> {
    const end = now() + (now() - since < YOUNG_MS ? WAIT_MS : 0);
    for (;;) {
      await renewal.refresh();
      if (current !== refused) return true;
      if (now() >= end) break;
      await pause(STEP_MS);
    }
    restUntil = now() + REST_MS;
    return false;
  }

  return {
    current: () => current,
    onChange: (listener) => void listeners.push(listener),
    renew: async (refused) => {
      if (current !== refused) return true;
      if (lookup === undefined && now() < restUntil) return false;
      lookup ??= findOthers(refused).finally(() => {
        lookup = undefined;
      });
      return lookup;
    },
  };
}

function credentialsOf(config: Config): Credentials {
  return config.upstream.source.credentials;
}
