import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import type { LoadedConfig } from '../config/load-config.js';
import {
  SECRET_SETS,
  type SecretName,
  SECRETS_AT_START,
  type SecretTexts,
} from '../config/secret-files.js';
import { ConfigError } from '../config/to-config.js';
import type { Logger } from '../telemetry/logger.js';

/** The settings, updated as the secret files change. */
export interface Renewal {
  /** The settings from the last valid read. */
  current(): Config;
  /** Rereads the files. */
  refresh(): Promise<void>;
  /** Calls `listener` after each change with the names of the changed secrets. */
  onChange(listener: (config: Config, changed: ReadonlySet<SecretName>) => void): void;
  close(): void;
}

/** Milliseconds between two checks, and without a change before a set counts as complete. */
const INTERVAL_MS = 1000;
const SETTLE_MS = 100;
/** Of files that keep changing. */
const MAX_READINGS = 20;

/**
 * Checks the secret files every second and rereads changed ones. Polling detects every kind of
 * replacement: writing, renaming, or swapping a symlinked folder. Unreadable or invalid files are
 * logged once and the previous values stay.
 */
export function createRenewal({ config, files }: Required<LoadedConfig>, logger: Logger): Renewal {
  const listeners: ((config: Config, changed: ReadonlySet<SecretName>) => void)[] = [];
  let current = config;
  let taken = files.first.values;
  let stamp = '';
  let reported = '';
  let checking: Promise<void> | undefined;

  /** Files of a set are rewritten one after the other: reads them until none has changed meanwhile. */
  async function check(isForced: boolean): Promise<void> {
    let before = await files.stamp();
    if (before === stamp && !isForced) return;
    for (let readings = 1; ; readings += 1) {
      if (before !== stamp) await sleep(SETTLE_MS);
      const texts = await files.read();
      const after = await files.stamp();
      if (after === before || readings === MAX_READINGS) {
        stamp = after;
        apply(texts);
        return;
      }
      before = after;
    }
  }

  function apply(texts: SecretTexts): void {
    const isNew = (name: SecretName): boolean => texts.values.get(name) !== taken.get(name);
    const faults = new Set(texts.faults);
    const changed = new Set<SecretName>();
    for (const names of SECRET_SETS) {
      const news = names.filter(isNew);
      // Keep the whole set if part of it is missing.
      if (news.length === 0 || names.some((name) => texts.missing.includes(name))) continue;
      const values = new Map([
        ...taken,
        ...news.map((name) => [name, texts.values.get(name) ?? ''] as const),
      ]);
      try {
        current = files.toConfig({ values, missing: [], faults: [] });
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        for (const fault of error.faults) faults.add(fault);
        continue;
      }
      taken = values;
      for (const name of news) changed.add(name);
    }
    for (const name of SECRETS_AT_START) {
      if (isNew(name) && texts.values.has(name)) {
        faults.add(`${name}_FILE: changed; restart to apply`);
      }
    }
    report([...faults]);
    if (changed.size === 0) return;
    logger.info({ settings: [...changed] }, 'secrets reloaded from files');
    for (const listener of listeners) listener(current, changed);
  }

  function report(faults: readonly string[]): void {
    const text = faults.join('\n');
    if (text === reported) return;
    reported = text;
    if (text === '') logger.info('all secret files are valid again');
    else logger.warn({ faults }, 'invalid secret files; keeping the previous secrets');
  }

  const start = (isForced: boolean): Promise<void> =>
    (checking ??= check(isForced).finally(() => {
      checking = undefined;
    }));
  const timer = setInterval(() => void start(false), INTERVAL_MS);
  timer.unref();
  return {
    current: () => current,
    async refresh() {
      // A read in progress may predate the replacement.
      await checking;
      await start(true);
    },
    onChange: (listener) => void listeners.push(listener),
    close: () => {
      clearInterval(timer);
    },
  };
}
