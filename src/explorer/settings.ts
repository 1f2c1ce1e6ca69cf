import type { MySqlLinkExpiry } from '../domain/download-rules.js';

/** What the server tells the page about itself. */
export interface ExplorerSettings {
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
  /** Whether there is a query editor at `/graphql`. */
  readonly hasQueryEditor: boolean;
}

/** Reads the JSON of the settings; what is missing is as on a server that tells nothing. */
export function parseSettings(json: string): ExplorerSettings {
  const told = JSON.parse(json) as Partial<ExplorerSettings>;
  return {
    mySqlLinkExpiry: told.mySqlLinkExpiry === 'settable' ? 'settable' : 'fixed',
    hasQueryEditor: told.hasQueryEditor === true,
  };
}
