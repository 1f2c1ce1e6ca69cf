/**
 * How a link can be downloaded: by the page with progress and resuming, only by the browser, or not
 * from this page.
 */
export type DownloadWay = 'page' | 'browser' | 'neither';

export interface Surroundings {
  /** Of the page, as `https:`. */
  readonly protocol: string;
  /** Whether the browser lets the page write files. */
  readonly canSaveFiles: boolean;
  /** Origins the page could not read. */
  readonly unreadable: ReadonlySet<string>;
}

export function downloadWayOf(link: string, surroundings: Surroundings): DownloadWay {
  const { origin, protocol, hostname } = new URL(link);
  // Browsers block such downloads as mixed content, and say nothing; this machine itself is exempt.
  const isMixed = surroundings.protocol === 'https:' && protocol === 'http:';
  if (isMixed && !isLoopback(hostname)) return 'neither';
  return surroundings.canSaveFiles && !surroundings.unreadable.has(origin) ? 'page' : 'browser';
}

/** As the specification of secure contexts has it. */
function isLoopback(hostname: string): boolean {
  return hostname === '[::1]' || /^127(\.\d+){3}$|^(.*\.)?localhost$/.test(hostname);
}
