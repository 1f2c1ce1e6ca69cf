import type { Env } from './env.js';
import { SECRET_NAMES } from './secret-files.js';
import { settings } from './settings.js';
import type { Use } from './table.js';

/** Settings as texts, by name. */
export type Given = Readonly<Record<string, string>>;

const ROWS = Object.entries(settings.shape).map(([name, format]) => ({
  name,
  use: (format.meta() ?? {}) as Use,
  isSecret: (SECRET_NAMES as readonly string[]).includes(name),
}));

/**
 * The settings in the environment. Empty variables count as unset. Whitespace is trimmed, for
 * example the carriage returns of Windows files; in secrets it is a fault, since it may belong to
 * the value.
 */
export function givenSettings(env: Env, warn: (warning: string) => void): Given {
  const texts: Record<string, string> = {};
  for (const { name, isSecret } of ROWS) {
    const value = /_PROXY$/.test(name) ? (env[name.toLowerCase()] ?? env[name]) : env[name];
    const text = (isSecret ? value : value?.trim()) ?? '';
    // For a Service named `embedded`, Kubernetes sets EMBEDDED_PORT=tcp://10.0.0.1:4001.
    const isService = /(^|_)PORT$/.test(name) && /^(tcp|udp|sctp):\/\//.test(text);
    if (isService) {
      warn(
        `${name}: ignored because it holds a service address set by Kubernetes; using the default`,
      );
    } else if (text !== '') {
      texts[name] = text;
    }
  }
  const unused = new Set([
    ...unusedProxies(texts),
    ...ROWS.filter(({ use }) => isIgnored(use, texts)).map(({ name }) => name),
  ]);
  return Object.fromEntries(Object.entries(texts).filter(([name]) => !unused.has(name)));
}

function isIgnored({ ignoredWithout, ignoredWith }: Use, given: Given): boolean {
  if (ignoredWithout !== undefined && !holds(given, ignoredWithout)) return true;
  return ignoredWith !== undefined && holds(given, ignoredWith);
}

/** Only calls of the cloud and for token keys use a proxy, each that for its scheme. */
function unusedProxies(given: Given): string[] {
  const called = [
    given['UPSTREAM'] === 'jdcloud' ? (given['JDCLOUD_ENDPOINT'] ?? 'https:') : '',
    given['AUTH_JWKS_URL'] ?? '',
  ];
  return ['http', 'https']
    .filter((scheme) => !called.some((url) => url.toLowerCase().startsWith(`${scheme}:`)))
    .map((scheme) => `${scheme.toUpperCase()}_PROXY`);
}

/** Finds settings that require or exclude each other, by name; values are validated elsewhere. */
export function contradictions(given: Given): string[] {
  const ofOne = ROWS.flatMap(({ name, use: { requires, requiredWith, advice = '' } }) => {
    // A flag that is off asks for nothing.
    const isAsked = given[name] !== undefined && given[name] !== 'false';
    if (isAsked && requires !== undefined && !holds(given, requires)) {
      return [`${name}: requires ${requires}`];
    }
    const isMissing = requiredWith !== undefined && holds(given, requiredWith);
    return isMissing && given[name] === undefined
      ? [`${name}: required with ${requiredWith}${advice}`]
      : [];
  });
  const keys = ['AUTH_JWKS_URL', 'AUTH_JWT_SECRET'].filter((name) => holds(given, name));
  return [
    ...ofOne,
    ...(holds(given, 'AUTH=jwt') && keys.length !== 1
      ? ['AUTH_JWKS_URL, AUTH_JWT_SECRET: exactly one is required with AUTH=jwt']
      : []),
    ...(holds(given, 'EMBEDDED_DIR') && holds(given, 'EMBEDDED_BUCKET')
      ? ['EMBEDDED_DIR, EMBEDDED_BUCKET: set only one of them']
      : []),
  ];
}

const DEFAULTS: Given = { UPSTREAM: 'embedded', AUTH: 'none' };

/** Whether a condition of a setting holds; see `Use`. */
function holds(given: Given, condition: string): boolean {
  const [name = '', value] = condition.split('=');
  const text = given[name] ?? DEFAULTS[name];
  return value === undefined ? text !== undefined : text === value;
}
