import type { ZodError } from 'zod';
import { toAuth } from './auth-settings.js';
import type { Config, HttpConfig } from './config.js';
import { toEmbedded } from './embedded-settings.js';
import type { Env } from './env.js';
import { contradictions, type Given, givenSettings } from './given-settings.js';
import { warnOfLinkBases } from './link-bases.js';
import { type SecretTexts, sourceOf } from './secret-files.js';
import { general, http, queryLimits } from './server-settings.js';
import { settings, type Settings } from './settings.js';
import { toTracing } from './tracing.js';
import { toCloud, toRedis, upstream } from './upstream-settings.js';

/** All faults in the settings, by name. Values are omitted, since they may be secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(`Invalid settings:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

const NO_FILES: SecretTexts = { values: new Map(), missing: [], faults: [] };

/**
 * Parses the settings. Pure except for the generated secrets of the embedded upstream.
 * @param files contents of the files named by `<NAME>_FILE`
 * @throws ConfigError with all faults
 */
export function toConfig(env: Env, files: SecretTexts = NO_FILES): Config {
  const warnings: string[] = [];
  const warn = (warning: string): void => void warnings.push(warning);
  const given = {
    ...givenSettings(env, warn),
    ...Object.fromEntries(files.values),
  };
  const parsed = settings.safeParse(given);
  const unread = Object.fromEntries(files.missing.map((name) => [name, '']));
  const faults = [
    ...files.faults,
    ...(parsed.success ? pairFaults(parsed.data, given) : faultsOf(parsed.error, env)),
    ...contradictions({ ...given, ...unread }),
  ];
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const s = parsed.data;
  const tracing = toTracing(given, warn);
  warnOfTimes(s, given, warn);
  warnOfLinkBases(s, warn);
  const { redis } = toRedis(s);
  return {
    warnings,
    ...general.read(s),
    http: toHttp(s),
    auth: toAuth(s),
    upstream: {
      ...upstream.read(s),
      // An attempt never outlasts its call; the default adapts to the configured timeout.
      attemptTimeoutMs: Math.min(s.UPSTREAM_ATTEMPT_TIMEOUT_MS, s.UPSTREAM_TIMEOUT_MS),
      listReuseMs: s.LIST_REUSE_MS ?? (s.UPSTREAM === 'jdcloud' ? CLOUD_LIST_REUSE_MS : 0),
      source: s.UPSTREAM === 'embedded' ? toEmbedded(s, redis) : toCloud(s),
    },
    queryLimits: queryLimits.read(s),
    introspection: s.INTROSPECTION ?? s.NODE_ENV !== 'production',
    ...(redis && { redis }),
    ...(tracing && { tracing }),
  };
}

/** Reserves a tenth of the connections for other requests, mainly probes. */
function toHttp(s: Settings): HttpConfig {
  const config = http.read(s);
  const share = Math.floor(config.maxConnections * 0.9);
  return { ...config, maxConcurrentRequests: Math.min(config.maxConcurrentRequests, share) };
}

/** Finds values that are valid alone but not together. */
function pairFaults(s: Settings, given: Given): string[] {
  const isPortShared = s.UPSTREAM === 'embedded' && s.PORT !== 0 && s.PORT === s.EMBEDDED_PORT;
  const areTimesGiven = ATTEMPT_TIMES.every((name) => given[name] !== undefined);
  return [
    ...(areTimesGiven && s.UPSTREAM_ATTEMPT_TIMEOUT_MS > s.UPSTREAM_TIMEOUT_MS
      ? ['UPSTREAM_ATTEMPT_TIMEOUT_MS: must not exceed UPSTREAM_TIMEOUT_MS']
      : []),
    ...(isPortShared ? ['EMBEDDED_PORT: must differ from PORT'] : []),
  ];
}

/** The embedded upstream is as new as its folder. */
const CLOUD_LIST_REUSE_MS = 1000;

const ATTEMPT_TIMES = ['UPSTREAM_ATTEMPT_TIMEOUT_MS', 'UPSTREAM_TIMEOUT_MS'];

/** An attempt timeout set alone does not extend the call timeout. */
function warnOfTimes(s: Settings, given: Given, warn: (warning: string) => void): void {
  if (
    given['UPSTREAM_TIMEOUT_MS'] === undefined &&
    s.UPSTREAM_ATTEMPT_TIMEOUT_MS > s.UPSTREAM_TIMEOUT_MS
  ) {
    warn('UPSTREAM_ATTEMPT_TIMEOUT_MS: exceeds UPSTREAM_TIMEOUT_MS; using UPSTREAM_TIMEOUT_MS');
  }
}

/** Attributes a fault of a value read from a file to the setting that names the file. */
function faultsOf(error: ZodError, env: Env): string[] {
  return error.issues.map(({ path, message }) => `${sourceOf(env, path.join('.'))}: ${message}`);
}
