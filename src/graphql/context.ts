import type { Caller } from '../domain/caller.js';
import type { MySqlLinkExpiry } from '../domain/download-rules.js';
import type { RequestScope } from '../telemetry/request-scope.js';
import type { AnswerMemory } from './limits/answer-memory.js';
import type { LinkRecords } from './link-records.js';
import type { Loaders } from './loaders/loaders.js';

/** The context of a request. */
export interface Context {
  readonly caller: Caller;
  readonly scope: RequestScope;
  /** Restricted to what the caller can see. */
  readonly loaders: Loaders;
  /** The memory budget of lists in the response. */
  readonly answer: AnswerMemory;
  readonly records: LinkRecords;
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
  /** Whether to return links over the public network. */
  readonly publicLinks: boolean;
}
