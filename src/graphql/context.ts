import type { Caller } from '../domain/caller.js';
import type { MySqlLinkExpiry } from '../domain/download-rules.js';
import type { LinkRecord } from '../telemetry/audit-record.js';
import type { RequestScope } from '../telemetry/request-scope.js';
import type { AnswerBudget } from './limits/answer-budget.js';
import type { Loaders } from './loaders/loaders.js';

/** What resolvers see of one request. */
export interface Context {
  readonly caller: Caller;
  readonly scope: RequestScope;
  /** Of this caller: they find what it may see. */
  readonly loaders: Loaders;
  /** What the lists of the answer may take. */
  readonly answer: AnswerBudget;
  /** Resolves when the attempt stands in the audit log. @throws AuditError */
  readonly recordLink: (attempt: LinkRecord) => Promise<void>;
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
  /** Whether links over the public network are handed out. */
  readonly publicLinks: boolean;
}
