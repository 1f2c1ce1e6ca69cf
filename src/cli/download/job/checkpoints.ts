import { isFull, type PartFile } from '../disk/part-file.js';
import { saveState, type State } from '../disk/state-file.js';
import { toTargetError } from '../disk/target-error.js';
import type { Clock, WantedFile } from '../request.js';
import type { FileFacts } from '../transfer/file-facts.js';

/** What is lost of a transfer that is killed. */
const INTERVAL_MS = 2000;

export interface Checkpoints {
  /** Goes on until the signal aborts. @throws DownloadError */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Brings all that was written to the disk, and then into the state. @throws DownloadError */
  readonly save: () => Promise<void>;
  /** The same once a transfer has failed, where it may fail too. */
  readonly saveWhatIsThere: (failure: unknown) => Promise<void>;
}

/** Keeps the state true: it names bytes only after they are on the disk. */
export function createCheckpoints(options: {
  readonly statePath: string;
  readonly service: string;
  readonly wanted: WantedFile;
  readonly file: FileFacts;
  readonly part: PartFile;
  readonly clock: Clock;
}): Checkpoints {
  const { statePath, service, wanted, file, part, clock } = options;
  let saved = -1;
  let running: Promise<void> = Promise.resolve();

  async function saveNow(): Promise<void> {
    const done = await part.sync();
    const { sizeBytes, etag, lastModified, isStrong } = file.version;
    const state: State = {
      service,
      backup: wanted.backup,
      file: wanted.fileName,
      sizeBytes,
      etag,
      lastModified,
      isStrong,
      done: done.toArray().map(({ start, end }) => [start, end]),
    };
    try {
      await saveState(statePath, state, (handle) => handle.sync());
    } catch (error) {
      throw toTargetError(error, statePath);
    }
    saved = done.total;
  }

  /** One after the other: an older state must not replace a newer one. */
  function save(): Promise<void> {
    running = running.catch(() => undefined).then(saveNow);
    return running;
  }

  return {
    save,
    run: async (signal) => {
      while (!signal.aborted) {
        if (part.written.total !== saved) await save();
        await clock.sleep(INTERVAL_MS, signal).catch(() => undefined);
      }
    },
    saveWhatIsThere: async (failure) => {
      try {
        if (isFull(failure)) await part.giveBack();
        await save();
      } catch {
        // The state before stays, which is true as well.
      }
    },
  };
}
