import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { createServer } from 'node:http';
import { listening } from './closing.js';

export const TOKEN_SECRET = 'a secret of tests, 32 bytes or more';
export const ISSUER = 'https://id.example';
export const AUDIENCE = 'backups';

/** Settings for keys and expected claims. */
export const PARTIES = { AUTH: 'jwt', AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE };

/** Settings for tokens from `secretToken`. */
export const SECRET_AUTH = { ...PARTIES, AUTH_JWT_SECRET: TOKEN_SECRET };

/** Claims of a token with full access for an hour; null removes a claim. */
export function claimsOf(claims: Record<string, unknown> = {}): Record<string, unknown> {
  const all: Record<string, unknown> = {
    sub: 'alice',
    iss: ISSUER,
    aud: AUDIENCE,
    exp: Math.floor(Date.now() / 1000) + 3600,
    scope: 'backups:read backups:download',
    ...claims,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

/** A token signed with the shared secret. */
export function secretToken(
  claims?: Record<string, unknown>,
  { alg = 'HS256', secret = TOKEN_SECRET } = {},
): Promise<string> {
  const key = new TextEncoder().encode(secret);
  return new SignJWT(claimsOf(claims)).setProtectedHeader({ alg }).sign(key);
}

/** The headers of a request with such a token. */
export async function bearer(claims?: Record<string, unknown>): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await secretToken(claims)}` };
}

export interface IssuerAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A token issuer that publishes its keys over HTTP until told otherwise. */
export interface TestIssuer {
  readonly jwksUrl: string;
  /** The number of fetches of its keys. */
  fetches(): number;
  /** Creates a new key and publishes only that. */
  rotate(): Promise<void>;
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  /** Sets the response instead of the keys; null restores the keys. */
  answer(instead: IssuerAnswer | null): void;
  close(): Promise<void>;
}

export async function startIssuer(alg = 'ES256'): Promise<TestIssuer> {
  let key: CryptoKey;
  let kid = 0;
  let keys: unknown[] = [];
  let fetches = 0;
  let override: IssuerAnswer | null = null;
  const server = createServer((_request, response) => {
    fetches += 1;
    response.writeHead(override?.status ?? 200, { connection: 'close', ...override?.headers });
    response.end(override?.body ?? JSON.stringify({ keys }));
  });
  async function rotate(): Promise<void> {
    const pair = await generateKeyPair(alg);
    key = pair.privateKey;
    kid += 1;
    keys = [{ ...(await exportJWK(pair.publicKey)), kid: String(kid), alg }];
  }
  await rotate();
  const { origin, close } = await listening(server);
  return {
    jwksUrl: `${origin}/jwks`,
    fetches: () => fetches,
    rotate,
    token: (claims, header) =>
      new SignJWT(claimsOf(claims))
        .setProtectedHeader({ alg, kid: String(kid), ...header })
        .sign(key),
    answer: (instead) => {
      override = instead;
    },
    close,
  };
}
