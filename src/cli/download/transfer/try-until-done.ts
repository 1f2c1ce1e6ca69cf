import { BrokenLineError, reasonOf } from '../answer/broken-line.js';
import { refusedLinkError } from '../answer/judge-refusal.js';
import { DownloadError } from '../download-error.js';
import type { DownloadEvent } from '../events.js';
import type { Clock, IssuedLink } from '../request.js';
import type { AttemptEnd } from './attempt.js';
import { changedError, type LinkHolder } from './link-holder.js';
import { createPatience, type Patience } from './patience.js';

/** Links in a row that a store refuses just after they were issued, where the person gave no number. */
const MOST_REFUSED_LINKS = 5;
/** Answers in a row that are not the part asked for, after which the file is read as a whole. */
const MOST_UNFIT = 3;

/** Ranges do not work here: the file has to be read from its first byte, in one stream. */
export class StartOverError extends Error {
  override readonly name = 'StartOverError';
}

/** The failure when a store does not send the file from its first byte either. */
export function unfitStoreError(error: StartOverError): DownloadError {
  return new DownloadError(
    'network',
    `The store does not respond with the file (${error.message}): try again later.`,
    { cause: error },
  );
}

export interface Trial {
  readonly retries: number | null;
  readonly timeoutMs: number;
  readonly links: LinkHolder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly emit: (event: DownloadEvent) => void;
  /** How the file is called in events. */
  readonly name: string;
  /** Sends one request for what is missing. */
  readonly once: (link: IssuedLink, patience: Patience) => Promise<AttemptEnd>;
  /** Place of the farthest byte that has come so far. */
  readonly farthest: () => number;
  readonly isDone: () => boolean;
}

/**
 * Fetches one range, with as many requests as it takes. Failures count for this range alone, and only
 * while nothing comes; a link that has ended is renewed and is no failure.
 * @throws DownloadError, StartOverError
 */
export async function tryUntilDone(trial: Trial): Promise<void> {
  const { links, signal } = trial;
  const patience = createPatience(trial, trial);
  let refusals = 0;
  let unfit = 0;
  let link: IssuedLink | null = null;
  let needsAnother = false;
  while (!trial.isDone()) {
    signal.throwIfAborted();
    const before = trial.farthest();
    let failure: { readonly reason: string; readonly afterMs: number | null } | null = null;
    try {
      link = link !== null && needsAnother ? await links.renew(link) : await links.current();
      needsAnother = false;
      const end = await trial.once(link, patience);
      if (trial.farthest() > before) {
        refusals = 0;
        unfit = 0;
      }
      switch (end.kind) {
        case 'ended':
          if (trial.farthest() === before && !trial.isDone()) failure = broken('nothing came');
          break;
        case 'changed':
          throw changedError(end.what);
        case 'later':
          failure = end;
          break;
        case 'unfit':
          unfit += 1;
          if (unfit >= MOST_UNFIT) throw new StartOverError(end.reason);
          failure = broken(end.reason);
          break;
        case 'link-refused':
          refusals += 1;
          needsAnother = true;
          // The first one had its time; one that was issued just now should work.
          if (refusals === 1) continue;
          if (refusals > (trial.retries ?? MOST_REFUSED_LINKS))
            throw refusedLinkError(end.status, end.code);
          failure = broken(`the store refuses the link (${end.status})`);
          break;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof StartOverError) throw error;
      failure = broken(reasonOf(error));
      // The store may have moved: only the service knows where to.
      needsAnother = link !== null && !(error instanceof BrokenLineError);
      if (trial.farthest() > before) {
        refusals = 0;
        unfit = 0;
      }
    }
    if (failure !== null) await waitAfter(failure, patience, trial);
  }
}

function broken(reason: string): { readonly reason: string; readonly afterMs: null } {
  return { reason, afterMs: null };
}

async function waitAfter(
  { reason, afterMs }: { readonly reason: string; readonly afterMs: number | null },
  patience: Patience,
  { clock, signal, emit, name, timeoutMs }: Trial,
): Promise<void> {
  const next = patience.failed(afterMs);
  if (next === null) {
    const minutes = Math.round(timeoutMs / 60_000);
    throw new DownloadError(
      'network',
      `Gave up after attempts without a byte (${reason}; at most ${minutes} min without one): ` +
        'run the same command again to resume.',
    );
  }
  emit({ kind: 'line-broke', file: name, reason, attempt: next.attempt, retryInMs: next.waitMs });
  await clock.sleep(next.waitMs, signal);
}
