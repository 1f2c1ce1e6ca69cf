/** Hosts the object storage of the cloud hands its links out for; `http:` stands for `https:` too. */
export const CLOUD_STORES = ['http://*.jdcloud-oss.com', 'http://*.jcloudcs.com'] as const;

/**
 * The Content-Security-Policy of the explorer: its own script and style, and nothing of another host.
 * The page reads from the stores that links lead to, so that it can show the progress of a download;
 * a link to any other store is left to the browser, which no policy keeps from following it.
 */
export function explorerPolicy(stores: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    ["connect-src 'self'", ...stores].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}
