/** The places of downloads in progress. */
export interface DownloadPlaces {
  /**
   * Takes a place for a download by a link. While all are taken, the slowest download below the
   * least rate gives way.
   * @param cut ends this download if it must give way
   * @returns null if there is no place; `shared` if this link has its share already
   */
  take(linkId: string, cut: () => void): DownloadPlace | 'shared' | null;
}

/** A place of one download. */
export interface DownloadPlace {
  /** Reports bytes the client has taken. */
  sent(bytes: number): void;
  /** Idempotent. */
  leave(): void;
}

export interface DownloadPlacesOptions {
  readonly maxDownloads: number;
  /** A monotonic clock, in milliseconds. */
  readonly now: (() => number) | undefined;
}

/** The part of all places that the downloads by one link can take. */
const LINK_SHARE = 1 / 8;
/** Bytes per second below which a download gives way to others. */
const LEAST_RATE = 16 * 1024;
/** Milliseconds over which a rate is measured: buffers of the system move in steps. */
const WINDOW_MS = 30_000;

interface Taken {
  readonly linkId: string;
  readonly cut: () => void;
  /** When the current window began, and the bytes sent in it. */
  since: number;
  bytes: number;
  /** Bytes per second in the last full window; a new download counts as fast. */
  rate: number;
}

/**
 * Downloads last hours and cost nothing while a client does not read, so a count alone would let
 * one slow client hold all places.
 */
export function createDownloadPlaces({
  maxDownloads,
  now = () => performance.now(),
}: DownloadPlacesOptions): DownloadPlaces {
  const taken = new Set<Taken>();
  const perLink = new Map<string, number>();
  const share = Math.max(1, Math.floor(maxDownloads * LINK_SHARE));

  function leave(place: Taken): void {
    if (!taken.delete(place)) return;
    const others = (perLink.get(place.linkId) ?? 1) - 1;
    if (others === 0) perLink.delete(place.linkId);
    else perLink.set(place.linkId, others);
  }

  function measure(place: Taken): void {
    const elapsedMs = now() - place.since;
    if (elapsedMs < WINDOW_MS) return;
    place.rate = (place.bytes * 1000) / elapsedMs;
    place.since = now();
    place.bytes = 0;
  }

  /** @returns whether a download gave way */
  function cutSlowest(): boolean {
    let slowest: Taken | undefined;
    for (const place of taken) {
      measure(place);
      if (place.rate < Math.min(LEAST_RATE, slowest?.rate ?? Infinity)) slowest = place;
    }
    if (slowest === undefined) return false;
    leave(slowest);
    slowest.cut();
    return true;
  }

  return {
    take(linkId, cut) {
      const ofLink = perLink.get(linkId) ?? 0;
      if (ofLink >= share) return 'shared';
      if (taken.size >= maxDownloads && !cutSlowest()) return null;
      const place: Taken = { linkId, cut, since: now(), bytes: 0, rate: Infinity };
      taken.add(place);
      perLink.set(linkId, (perLink.get(linkId) ?? 0) + 1);
      return {
        sent(bytes) {
          place.bytes += bytes;
          measure(place);
        },
        leave() {
          leave(place);
        },
      };
    },
  };
}
