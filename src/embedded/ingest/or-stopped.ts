/**
 * Why a command ended: where the person stopped it, that and what became of what had been done, else the error.
 * @param outcome as `what was copied is removed`
 */
export function orStopped(
  error: unknown,
  signal: AbortSignal | undefined,
  outcome: string,
): unknown {
  if (!signal?.aborted || error !== signal.reason) return error;
  const reason = error instanceof Error ? error.message : 'Stopped';
  return new Error(`${reason}; ${outcome}.`, { cause: error });
}
