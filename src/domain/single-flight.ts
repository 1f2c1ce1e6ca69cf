import { createStopController, orAborted, type StopSignal } from './stop-signal.js';

/** Work shared by concurrent requests. */
export interface SingleFlight<Result> {
  /**
   * Starts `work` or joins the work in progress for the key. Rejects with the signal's reason once
   * it aborts; the work is aborted once no request waits for it.
   */
  share(key: string, work: Work<Result>, signal?: StopSignal): Flight<Result>;
}

export interface Flight<Result> {
  readonly result: Promise<Result>;
  /** Whether the work was already in progress. */
  readonly joined: boolean;
}

export type Work<Result> = (signal: StopSignal) => Promise<Result>;

interface Shared<Result> {
  readonly result: Promise<Result>;
  readonly abort: (reason: unknown) => void;
  waiting: number;
}

export function createSingleFlight<Result>(): SingleFlight<Result> {
  const underWay = new Map<string, Shared<Result>>();

  function start(key: string, work: Work<Result>): Shared<Result> {
    const controller = createStopController();
    const end = (): void => {
      // After an abort, another flight can have the key.
      if (underWay.get(key) === shared) underWay.delete(key);
    };
    const abort = (reason: unknown): void => {
      end();
      controller.abort(reason);
    };
    const shared: Shared<Result> = { result: work(controller.signal), abort, waiting: 0 };
    underWay.set(key, shared);
    shared.result.then(end, end);
    return shared;
  }

  return {
    share: (key, work, signal) => {
      const known = underWay.get(key);
      const shared = known ?? start(key, work);
      return { result: wait(shared, signal), joined: known !== undefined };
    },
  };
}

function wait<Result>(shared: Shared<Result>, signal: StopSignal | undefined): Promise<Result> {
  shared.waiting += 1;
  return orAborted(shared.result, signal, () => {
    shared.waiting -= 1;
    if (shared.waiting === 0) shared.abort(signal?.reason);
  });
}
