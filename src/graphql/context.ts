import type { MySqlLinkExpiry } from '../domain/download-rules.js';
import type { Loaders } from './loaders/loaders.js';

/** What resolvers see of one request. */
export interface Context {
  readonly loaders: Loaders;
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
}
