/** Connections that files share: one after the other takes as many as it needs. */
export interface Connections {
  /** @returns what gives them back. @throws the reason of the signal */
  readonly take: (count: number) => Promise<() => void>;
}

interface Waiting {
  readonly count: number;
  readonly start: () => void;
  readonly stop: () => void;
}

export function createConnections(total: number, signal: AbortSignal): Connections {
  let free = total;
  let waiting: Waiting[] = [];

  function startWaiting(): void {
    for (let next = waiting[0]; next !== undefined && next.count <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.count;
      next.start();
    }
  }

  signal.addEventListener('abort', () => {
    for (const { stop } of waiting) stop();
    waiting = [];
  });

  return {
    take: async (wished) => {
      signal.throwIfAborted();
      const count = Math.min(wished, total);
      await new Promise<void>((resolve, reject) => {
        waiting.push({ count, start: resolve, stop: () => reject(signal.reason as Error) });
        startWaiting();
      });
      return () => {
        free += count;
        startWaiting();
      };
    },
  };
}
