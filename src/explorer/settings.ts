import type { MySqlLinkExpiry } from '../domain/download-rules.js';

/** Settings the server writes into the page; missing or unknown values fall back to the most restricted ones. */
function readSettings(): {
  readonly mySqlLinkExpiry: MySqlLinkExpiry;
  /** Whether there is a query editor at `/graphql`. */
  readonly hasQueryEditor: boolean;
} {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="explorer-settings"]');
  const given = JSON.parse(meta?.content ?? '{}') as Readonly<Record<string, unknown>>;
  return {
    mySqlLinkExpiry: given['mySqlLinkExpiry'] === 'settable' ? 'settable' : 'fixed',
    hasQueryEditor: given['hasQueryEditor'] === true,
  };
}

export const settings = readSettings();
