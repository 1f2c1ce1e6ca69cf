import { isLoopbackHostname } from '../../domain/loopback.js';

/** The parts of a link that may be shown. The query is a credential and must not be. */
export interface LinkName {
  /** Host and port. */
  readonly host: string;
  /** Last path segment. */
  readonly fileName: string;
}

/** Parses a link. Never serialize the result: that would break the signature. */
export function nameOfLink(link: string): LinkName {
  const { host, pathname } = new URL(link);
  return { host, fileName: decode(pathname.split('/').at(-1) ?? '') };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

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
  if (isMixed && !isLoopbackHostname(hostname)) return 'neither';
  return surroundings.canSaveFiles && !surroundings.unreadable.has(origin) ? 'page' : 'browser';
}
