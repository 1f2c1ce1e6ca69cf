import type { Env } from './env.js';
import { SECRET_NAMES } from './secret-files.js';
import { settings } from './settings.js';
import { proxyAddress } from './values.js';

/** The environment as settings are read from it. Unset and empty are the same: empty ones are left out. */
export function tidyEnv(env: Env, warn: (warning: string) => void): Env {
  return withProxyNames(withoutUnusedStore(withoutServiceLinks(trimmed(env), warn)));
}

/**
 * White space at the ends, as files with Windows line ends bring it, belongs to no setting; in a secret it
 * is a fault, since it may belong to it.
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
 * For a Service `embedded`, Kubernetes sets EMBEDDED_PORT=tcp://10.0.0.1:4001 in each pod of its namespace.
 * A port that somebody sets there by hand takes its place, so nobody meant this one.
 */
function withoutServiceLinks(env: Env, warn: (warning: string) => void): Env {
  const links = PORTS.filter((name) => /^(tcp|udp|sctp):\/\//.test(env[name] ?? ''));
  for (const name of links) {
    warn(`${name}: holds an address, as Kubernetes sets it for a Service; the default is used`);
  }
  return Object.fromEntries(Object.entries(env).filter(([name]) => !links.includes(name)));
}

/** Variables of the AWS SDK are set for other programs as well: without a bucket they are not looked at. */
function withoutUnusedStore(env: Env): Env {
  if (env['EMBEDDED_BUCKET'] !== undefined) return withoutUnusedKeys(env);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
}

/** As in the SDK: who names a profile means its keys. */
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
 * Proxy variables are read in both cases; lower case wins, as it does in curl. Only what is elsewhere is
 * called through a proxy, the cloud and the keys of tokens: without these they are not looked at. One
 * that cannot be used is a fault only where something of its scheme is called.
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
