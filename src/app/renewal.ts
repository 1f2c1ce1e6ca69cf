import type { Config } from '../config/config.js';
import type { ConfigFiles } from '../config/load-config.js';
import type { SecretName, SecretTexts } from '../config/secret-files.js';
import { ConfigError } from '../config/to-config.js';
import type { Logger } from '../telemetry/logger.js';

/** The settings, updated as the secret files change. */
export interface Renewal {
  /** The settings from the last valid read. */
  current(): Config;
  /** Rereads the files. Never rejects. */
  refresh(): Promise<void>;
  /** Calls `listener` after each change with the names of the changed secrets. */
  onChange(listener: (config: Config, changed: ReadonlySet<SecretName>) => void): void;
  close(): void;
}

export interface RenewalOptions {
  readonly config: Config;
  readonly files: ConfigFiles;
  readonly logger: Logger;
  /** Milliseconds between reads. */
  readonly intervalMs?: number;
  /** Resolves after `ms` milliseconds. */
  readonly pause?: (ms: number) => Promise<void>;
}

/**
 * Secrets that are replaced together. Files of a set are rewritten one after the other, and a mix
 * of two sets is useless.
 */
const GROUPS: readonly (readonly SecretName[])[] = [
  [
    'JDCLOUD_ACCESS_KEY_ID',
    'JDCLOUD_SECRET_ACCESS_KEY',
    'JDCLOUD_SECURITY_TOKEN',
    'JDCLOUD_SECURITY_TOKEN_EXPIRES_AT',
  ],
  ['AUTH_JWT_SECRET'],
  ['REDIS_URL'],
  ['CACHE_KEY'],
];

/** Secrets used by long-lived servers and connections, applied only at startup. */
const AT_START_ONLY: readonly SecretName[] = [
  'EMBEDDED_ACCESS_KEY_ID',
  'EMBEDDED_SECRET_ACCESS_KEY',
  'EMBEDDED_LINK_SECRET',
  'HTTP_PROXY',
  'HTTPS_PROXY',
];

const INTERVAL_MS = 1000;
/** Milliseconds between two reads that must agree, unless the files keep changing. */
const SETTLE_MS = 100;
const MAX_READINGS = 20;

/**
 * Reads the files every second. Polling is cheap and detects every kind of replacement: writing,
 * renaming, or swapping a symlinked folder. Unreadable or invalid files are logged once and the
 * previous values stay.
 */
export function createRenewal(options: RenewalOptions): Renewal {
  const { files, logger, intervalMs = INTERVAL_MS, pause = pauseByTimer } = options;
  const listeners: ((config: Config, changed: ReadonlySet<SecretName>) => void)[] = [];
  let current = options.config;
  let taken: SecretTexts = files.first;
  let reported = '';
  let reading: Promise<void> | undefined;

  async function readSettled(): Promise<SecretTexts> {
    let texts = await files.read();
    for (let readings = 1; readings < MAX_READINGS; readings += 1) {
      if (texts.faults.length === 0 && isSame(texts, taken)) break;
      await pause(SETTLE_MS);
      const again = await files.read();
      const agree = isSame(texts, again) && texts.faults.join() === again.faults.join();
      texts = again;
      if (agree) break;
    }
    return texts;
  }

  async function read(): Promise<void> {
    const texts = await readSettled();
    const faults = new Set(texts.faults);
    const changed = new Set<SecretName>();
    for (const group of GROUPS) {
      const names = group.filter((name) => textOf(texts, name) !== textOf(taken, name));
      // Keep the whole set if part of it is missing.
      if (names.length === 0 || group.some((name) => texts.missing.includes(name))) continue;
      const next = withGroup(taken, group, texts);
      try {
        current = files.toConfig(next);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        for (const fault of error.faults) faults.add(fault);
        continue;
      }
      taken = next;
      for (const name of names) changed.add(name);
    }
    for (const name of AT_START_ONLY) {
      const text = textOf(texts, name);
      if (text !== undefined && text !== textOf(taken, name)) {
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

  const start = (): Promise<void> =>
    (reading ??= read().finally(() => {
      reading = undefined;
    }));
  const refresh = async (): Promise<void> => {
    // A read in progress may predate the replacement.
    await reading;
    await start();
  };
  const timer = setInterval(() => void start(), intervalMs);
  timer.unref();
  return {
    current: () => current,
    refresh,
    onChange: (listener) => void listeners.push(listener),
    close: () => {
      clearInterval(timer);
    },
  };
}

function withGroup(
  taken: SecretTexts,
  group: readonly SecretName[],
  texts: SecretTexts,
): SecretTexts {
  const values = new Map(taken.values);
  for (const name of group) {
    const value = texts.values.get(name);
    if (value) values.set(name, value);
  }
  return { values, missing: [], faults: [] };
}

function isSame(one: SecretTexts, other: SecretTexts): boolean {
  return (
    one.values.size === other.values.size &&
    [...one.values].every(([name, { text }]) => text === textOf(other, name))
  );
}

function textOf(texts: SecretTexts, name: SecretName): string | undefined {
  return texts.values.get(name)?.text;
}

function pauseByTimer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
