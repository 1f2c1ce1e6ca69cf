import type { Env } from './env.js';

/** Settings that need or rule out one another, by their names; their values are checked elsewhere. */
export function contradictions(env: Env): string[] {
  return [...ofUpstream(env), ...ofRedis(env), ...ofAuth(env)];
}

function ofUpstream(env: Env): string[] {
  if (env['UPSTREAM'] !== 'jdcloud') return [];
  return required(env, ['JDCLOUD_ACCESS_KEY_ID', 'JDCLOUD_SECRET_ACCESS_KEY'], 'UPSTREAM=jdcloud');
}

function ofRedis(env: Env): string[] {
  if (isSet(env, 'CACHE_KEY') && !isSet(env, 'REDIS_URL'))
    return ['CACHE_KEY: only with REDIS_URL'];
  if (!isSet(env, 'REDIS_URL') || isSet(env, 'CACHE_KEY')) return [];
  return ['CACHE_KEY: required with REDIS_URL, as `openssl rand -base64 32` prints one'];
}

const KEYS = ['AUTH_JWKS_URL', 'AUTH_JWT_SECRET'];
const PARTIES = ['AUTH_ISSUER', 'AUTH_AUDIENCE'];

/**
 * A token for another service, or from another issuer, must not open this one: both are named. Who
 * names them and leaves AUTH out would find the server open.
 */
function ofAuth(env: Env): string[] {
  switch (env['AUTH'] ?? 'none') {
    case 'jwt': {
      const hasOneKey = KEYS.filter((name) => isSet(env, name)).length === 1;
      return [
        ...(hasOneKey ? [] : [`${KEYS.join(', ')}: exactly one is required with AUTH=jwt`]),
        ...required(env, PARTIES, 'AUTH=jwt'),
        ...(env['ALLOW_ANONYMOUS'] === 'true' ? ['ALLOW_ANONYMOUS: only with AUTH=none'] : []),
      ];
    }
    case 'none':
      return [...KEYS, ...PARTIES]
        .filter((name) => isSet(env, name))
        .map((name) => `${name}: only with AUTH=jwt`);
    default:
      return [];
  }
}

function required(env: Env, names: readonly string[], by: string): string[] {
  return names.filter((name) => !isSet(env, name)).map((name) => `${name}: required with ${by}`);
}

function isSet(env: Env, name: string): boolean {
  return env[name] !== undefined;
}
