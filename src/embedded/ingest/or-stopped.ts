/**
 * Why a command ended: if it was stopped, that and what became of its work; otherwise the error.
 * @param outcome for example `the partial copy was removed`
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
