import type { MySqlLinkExpiry } from '../domain/download-rules.js';

/** Settings the server passes to the page. */
export interface ExplorerSettings {
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
  /** Whether there is a query editor at `/graphql`. */
  readonly hasQueryEditor: boolean;
}

/** Parses the settings; missing or unknown values fall back to the most restricted ones. */
export function parseSettings(json: string): ExplorerSettings {
  const settings = JSON.parse(json) as Partial<ExplorerSettings>;
  return {
    mySqlLinkExpiry: settings.mySqlLinkExpiry === 'settable' ? 'settable' : 'fixed',
    hasQueryEditor: settings.hasQueryEditor === true,
  };
}
