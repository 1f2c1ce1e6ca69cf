import type { LinkDownloadEvent } from './audit-record.js';

/** Milliseconds during which repeated requests by a link share one line. */
const WINDOW_MS = 60_000;
/** Links watched at a time; the oldest is written early. */
const MAX_LINKS = 1000;

/** Requests by one link with one outcome, after the one whose line is written. */
interface Repeats {
  readonly startedAt: number;
  readonly event: LinkDownloadEvent;
  requests: number;
  bytes: number;
}

export interface DownloadLines {
  add(event: LinkDownloadEvent): void;
  /** Writes what is pending, and stops. */
  close(): void;
}

/**
 * Bounds the records of one link: its first request is written at once; further ones of the next
 * minute from the same address and with the same status share a line with their number and bytes.
 * Anyone who holds a link, even an expired one, can repeat it at will.
 * @param now a monotonic clock, in milliseconds
 */
export function createDownloadLines(
  write: (event: LinkDownloadEvent) => void,
  now: () => number = () => performance.now(),
): DownloadLines {
  /** In the order of their start. */
  const links = new Map<string, Repeats>();

  function end(key: string, { event, requests, bytes }: Repeats): void {
    links.delete(key);
    if (requests > 0) write({ ...event, requests, bytes });
  }

  /** Ends the windows that are over, and the oldest ones if there are too many. */
  function endSome(maxLinks: number): void {
    for (const [key, repeats] of links) {
      if (links.size <= maxLinks && now() - repeats.startedAt < WINDOW_MS) return;
      end(key, repeats);
    }
  }

  const timer = setInterval(() => {
    endSome(MAX_LINKS);
  }, WINDOW_MS);
  timer.unref();

  return {
    add(event) {
      endSome(MAX_LINKS);
      const key = `${event.linkId} ${event.status} ${event.clientAddress}`;
      const repeats = links.get(key);
      if (repeats) {
        repeats.requests += 1;
        repeats.bytes += event.bytes;
        return;
      }
      links.set(key, { startedAt: now(), event, requests: 0, bytes: 0 });
      write(event);
    },
    close() {
      clearInterval(timer);
      for (const [key, repeats] of links) end(key, repeats);
    },
  };
}
