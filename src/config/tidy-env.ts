import type { Env } from './env.js';
import { SECRET_NAMES } from './secret-files.js';
import { settings } from './settings.js';
import { proxyAddress } from './values.js';

/** Prepares the environment for parsing. Empty variables count as unset and are removed. */
export function tidyEnv(env: Env, warn: (warning: string) => void): Env {
  return withProxyNames(withoutUnusedStore(withoutServiceLinks(trimmed(env), warn)));
}

/**
 * Trims values, for example the carriage returns of Windows files. In secrets, surrounding
 * whitespace is a fault, since it may be part of the value.
 */
function trimmed(env: Env): Env {
  const secrets: readonly string[] = SECRET_NAMES;
  const entries = Object.entries(env).map(
    ([name, value]) => [name, secrets.includes(name) ? value : value?.trim()] as const,
  );
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

const PORTS = Object.keys(settings.shape).filter((name) => /(^|_)PORT$/.test(name));

/**
 * For a Service named `embedded`, Kubernetes sets EMBEDDED_PORT=tcp://10.0.0.1:4001 in each pod of
 * the namespace. An explicit EMBEDDED_PORT overrides it, so such a value is never intended.
 */
function withoutServiceLinks(env: Env, warn: (warning: string) => void): Env {
  const links = PORTS.filter((name) => /^(tcp|udp|sctp):\/\//.test(env[name] ?? ''));
  for (const name of links) {
    warn(
      `${name}: ignored because it holds a service address set by Kubernetes; using the default`,
    );
  }
  return Object.fromEntries(Object.entries(env).filter(([name]) => !links.includes(name)));
}

/** AWS SDK variables may be set for other programs; without a bucket, they are ignored. */
function withoutUnusedStore(env: Env): Env {
  if (env['EMBEDDED_BUCKET'] !== undefined) return withoutUnusedKeys(env);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
}

/** As in the SDK, AWS_PROFILE takes precedence over keys. */
function withoutUnusedKeys(env: Env): Env {
  if (env['AWS_PROFILE'] === undefined) return env;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OF_KEYS.includes(name)));
}

const OF_KEYS = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
];

/**
 * Proxy variables are read in both cases; lower case wins, as in curl. Only remote calls (cloud,
 * token keys) use a proxy; otherwise these variables are ignored. An invalid one is a fault only if
 * its scheme is called.
 */
function withProxyNames(env: Env): Env {
  const called = [
    ...(env['UPSTREAM'] === 'jdcloud' ? [env['JDCLOUD_ENDPOINT'] ?? 'https:'] : []),
    ...(env['AUTH_JWKS_URL'] === undefined ? [] : [env['AUTH_JWKS_URL']]),
  ];
  const given = (upper: string) =>
    called.length === 0 ? undefined : (env[upper.toLowerCase()] ?? env[upper]);
  const proxy = (upper: string, scheme: string) => {
    const address = given(upper);
    const isCalled = called.some((url) => url.toLowerCase().startsWith(scheme));
    return isCalled || proxyAddress.safeParse(address).success ? address : undefined;
  };
  return {
    ...env,
    HTTP_PROXY: proxy('HTTP_PROXY', 'http:'),
    HTTPS_PROXY: proxy('HTTPS_PROXY', 'https:'),
    NO_PROXY: given('NO_PROXY'),
  };
}
