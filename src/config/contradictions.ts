import type { Env } from './env.js';

/**
 * Finds settings that require or exclude each other, by name only; values are validated elsewhere.
 */
export function contradictions(env: Env): string[] {
  return [...ofUpstream(env), ...ofBucket(env), ...ofRedis(env), ...ofAuth(env)];
}

function ofUpstream(env: Env): string[] {
  if (env['UPSTREAM'] !== 'jdcloud') return [];
  return required(env, ['JDCLOUD_ACCESS_KEY_ID', 'JDCLOUD_SECRET_ACCESS_KEY'], 'UPSTREAM=jdcloud');
}

const OF_BUCKET = [
  'EMBEDDED_BUCKET_ADDRESSING',
  'EMBEDDED_BUCKET_REFRESH_S',
  'EMBEDDED_BUCKET_MAX_AGE_S',
];
const KEY_PAIR = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

function ofBucket(env: Env): string[] {
  if (!isSet(env, 'EMBEDDED_BUCKET')) {
    return OF_BUCKET.filter((name) => isSet(env, name)).map(
      (name) => `${name}: only with EMBEDDED_BUCKET`,
    );
  }
  const half = KEY_PAIR.filter((name) => !isSet(env, name));
  return [
    ...(isSet(env, 'EMBEDDED_DIR') ? ['EMBEDDED_DIR, EMBEDDED_BUCKET: set only one of them'] : []),
    ...(env['UPSTREAM'] === 'jdcloud' ? ['EMBEDDED_BUCKET: only with UPSTREAM=embedded'] : []),
    ...(half.length === 1 ? [`${half.join()}: set both of ${KEY_PAIR.join(' and ')}`] : []),
  ];
}

function ofRedis(env: Env): string[] {
  if (isSet(env, 'CACHE_KEY') && !isSet(env, 'REDIS_URL')) return ['CACHE_KEY: requires REDIS_URL'];
  if (!isSet(env, 'REDIS_URL') || isSet(env, 'CACHE_KEY')) return [];
  return ['CACHE_KEY: required with REDIS_URL; create one with `openssl rand -base64 32`'];
}

const KEYS = ['AUTH_JWKS_URL', 'AUTH_JWT_SECRET'];
const PARTIES = ['AUTH_ISSUER', 'AUTH_AUDIENCE'];
const OF_TOKENS = [
  ...['AUTH_AUDIENCE_CLAIM', 'AUTH_REQUIRED_CLAIMS', 'AUTH_SUBJECT_CLAIM', 'AUTH_TOKEN_TYP'],
  ...['AUTH_RIGHTS_CLAIMS', 'AUTH_READ_SCOPE', 'AUTH_DOWNLOAD_SCOPE', 'AUTH_CLOCK_TOLERANCE_S'],
];
/** Applies to fetched keys; a shared secret does not age. */
const MAX_AGE = 'AUTH_KEYS_MAX_AGE_S';

/**
 * Issuer and audience are both required, so that tokens of other issuers or for other services are
 * rejected. Setting them without AUTH is an error, since the server would be open.
 */
function ofAuth(env: Env): string[] {
  switch (env['AUTH'] ?? 'none') {
    case 'jwt': {
      const hasOneKey = KEYS.filter((name) => isSet(env, name)).length === 1;
      return [
        ...(hasOneKey ? [] : [`${KEYS.join(', ')}: exactly one is required with AUTH=jwt`]),
        ...required(env, PARTIES, 'AUTH=jwt'),
        ...(isSet(env, MAX_AGE) && isSet(env, 'AUTH_JWT_SECRET')
          ? [`${MAX_AGE}: requires AUTH_JWKS_URL`]
          : []),
        ...(env['ALLOW_ANONYMOUS'] === 'true' ? ['ALLOW_ANONYMOUS: requires AUTH=none'] : []),
      ];
    }
    case 'none':
      return [...KEYS, ...PARTIES, ...OF_TOKENS, MAX_AGE]
        .filter((name) => isSet(env, name))
        .map((name) => `${name}: requires AUTH=jwt`);
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
