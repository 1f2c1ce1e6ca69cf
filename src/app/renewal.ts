import type { Config } from '../config/config.js';
import type { ConfigFiles } from '../config/load-config.js';
import type { SecretName, SecretTexts } from '../config/secret-files.js';
import { ConfigError } from '../config/to-config.js';
import type { Logger } from '../telemetry/logger.js';

/** The settings as the files of secrets make them, while they change. */
export interface Renewal {
  /** As of the last reading that could be used. */
  current(): Config;
  /** Reads the files, from now on. Never fails. */
  refresh(): Promise<void>;
  /** Calls `listener` after each change, with the names of what has changed. */
  onChange(listener: (config: Config, changed: ReadonlySet<SecretName>) => void): void;
  close(): void;
}

export interface RenewalOptions {
  readonly config: Config;
  readonly files: ConfigFiles;
  readonly logger: Logger;
  /** Milliseconds from one reading to the next. */
  readonly intervalMs?: number;
  /** Resolves after so many milliseconds. */
  readonly pause?: (ms: number) => Promise<void>;
}

/**
 * Secrets that are taken over together: files of one set are rewritten one after the other, and a pair of
 * two sets opens nothing.
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

/** Built into servers and connections that are up for as long as the process. */
const AT_START_ONLY: readonly SecretName[] = [
  'EMBEDDED_ACCESS_KEY_ID',
  'EMBEDDED_SECRET_ACCESS_KEY',
  'EMBEDDED_LINK_SECRET',
  'HTTP_PROXY',
  'HTTPS_PROXY',
];

const INTERVAL_MS = 1000;
/** Two readings that far apart must agree, unless the files change all the time. */
const SETTLE_MS = 100;
const MAX_READINGS = 20;

/**
 * Reads the files once a second: that is cheaper than it sounds, and sees every way of replacing one, by
 * writing, by renaming, by swapping the link of a folder. What cannot be read or used is logged once, and
 * the last good one stays.
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
      // A set of which a part is missing is kept whole.
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
        faults.add(`${name}_FILE: has changed, which takes a restart`);
      }
    }
    report([...faults]);
    if (changed.size === 0) return;
    logger.info({ settings: [...changed] }, 'secrets were read again from their files');
    for (const listener of listeners) listener(current, changed);
  }

  function report(faults: readonly string[]): void {
    const text = faults.join('\n');
    if (text === reported) return;
    reported = text;
    if (text === '') logger.info('all files of secrets can be used again');
    else logger.warn({ faults }, 'files of secrets cannot be used; what they held before stays');
  }

  const start = (): Promise<void> =>
    (reading ??= read().finally(() => {
      reading = undefined;
    }));
  const refresh = async (): Promise<void> => {
    // One under way may have read a file before it was replaced.
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
