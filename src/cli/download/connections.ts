/** Connections that files share: one after the other takes as many as it needs. */
export interface Connections {
  /** @returns what gives them back. @throws the reason of the signal */
  readonly take: (count: number, signal: AbortSignal) => Promise<() => void>;
}

export function createConnections(total: number): Connections {
  let free = total;
  const waiting: { readonly count: number; readonly start: () => void }[] = [];

  function startWaiting(): void {
    for (let next = waiting[0]; next !== undefined && next.count <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.count;
      next.start();
    }
  }

  return {
    take: async (count, signal) => {
      signal.throwIfAborted();
      return new Promise((resolve, reject) => {
        const entry = {
          count: Math.min(count, total),
          start: () => {
            signal.removeEventListener('abort', onAbort);
            resolve(() => {
              free += entry.count;
              startWaiting();
            });
          },
        };
        const onAbort = (): void => {
          waiting.splice(waiting.indexOf(entry), 1);
          reject(signal.reason as Error);
          startWaiting();
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.push(entry);
        startWaiting();
      });
    },
  };
}
