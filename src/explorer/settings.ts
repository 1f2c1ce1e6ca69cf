import type { MySqlLinkExpiry } from '../domain/download-rules.js';

/** The settings the server passes to the page. */
export interface ExplorerSettings {
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
  /** Whether there is a query editor at `/graphql`. */
  readonly hasQueryEditor: boolean;
}

/** Parses the settings; a missing one has the value for a server that does not pass it. */
export function parseSettings(json: string): ExplorerSettings {
  const told = JSON.parse(json) as Partial<ExplorerSettings>;
  return {
    mySqlLinkExpiry: told.mySqlLinkExpiry === 'settable' ? 'settable' : 'fixed',
    hasQueryEditor: told.hasQueryEditor === true,
  };
}
