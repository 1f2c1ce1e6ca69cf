/**
 * How a link can be downloaded: by the page, with progress and resuming; by the browser alone; or
 * not from this page at all.
 */
export type DownloadWay = 'page' | 'browser' | 'neither';

export interface Surroundings {
  /** Protocol of the page, for example `https:`. */
  readonly protocol: string;
  /** Whether the page can write files. */
  readonly canSaveFiles: boolean;
  /** Origins whose responses CORS hid from the page. */
  readonly unreadable: ReadonlySet<string>;
}

export function downloadWayOf(link: string, surroundings: Surroundings): DownloadWay {
  const { origin, protocol, hostname } = new URL(link);
  // Browsers silently block such downloads as mixed content; loopback is exempt.
  const isMixed = surroundings.protocol === 'https:' && protocol === 'http:';
  if (isMixed && !isLoopback(hostname)) return 'neither';
  return surroundings.canSaveFiles && !surroundings.unreadable.has(origin) ? 'page' : 'browser';
}

/** Loopback as defined by the Secure Contexts specification. */
function isLoopback(hostname: string): boolean {
  return hostname === '[::1]' || /^127(\.\d+){3}$|^(.*\.)?localhost$/.test(hostname);
}
