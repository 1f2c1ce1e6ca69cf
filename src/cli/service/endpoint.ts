import type { Env } from '../../config/env.js';
import { usageError } from '../cli-error.js';

const DEFAULT_URL = 'http://127.0.0.1:4000';

/**
 * The address GraphQL is served at: of `--url`, else of BACKUPS_URL, else the local service. `/graphql` is added
 * where it is missing, so that the address of the page will do.
 * @throws CliError where it cannot be used. The address is not repeated: it may hold a password
 */
export function toEndpoint(option: string | undefined, env: Env): URL {
  const name = option === undefined ? 'BACKUPS_URL' : '--url';
  const text = (option ?? env['BACKUPS_URL'] ?? '').trim() || DEFAULT_URL;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw usageError(`${name} is not an address: give one as https://backups.example.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw usageError(`${name} contains a user or password: remove it and use a token.`);
  }
  const path = url.pathname.replace(/(?<!\/)\/+$/, '');
  url.pathname = path.endsWith('/graphql') ? path : `${path}/graphql`;
  url.hash = '';
  return url;
}

/** The address for people: without its query, which may hold a key. */
export function shownAddress({ origin, pathname }: URL): string {
  return pathname === '/graphql' ? origin : `${origin}${pathname}`;
}
