/** Where a Redis is, and how to log in. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Empty for the default user. */
  readonly username: string;
  /** Empty for none. */
  readonly password: string;
  /** The number of the database. */
  readonly database: number;
}

const DEFAULT_PORT = 6379;
/** More than any Redis is configured with. */
const DATABASE = /^\/?(\d{0,5})$/;

/**
 * Parses REDIS_URL: `redis://<user>:<password>@<host>:<port>/<database>`, `rediss` for TLS.
 * Undefined if invalid: nothing but a number can follow the host, since a password with an
 * unencoded `@` or `/` would be taken apart, and a part of it for the host or the database.
 */
export function parseRedisUrl(text: string): RedisAddress | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
  const [, database] = DATABASE.exec(pathname) ?? [];
  if (!/^rediss?:$/.test(protocol) || hostname === '') return undefined;
  if (database === undefined || search !== '' || hash !== '') return undefined;
  try {
    return {
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? DEFAULT_PORT : Number(port),
      isTls: protocol === 'rediss:',
      username: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: Number(database),
    };
  } catch {
    return undefined;
  }
}
