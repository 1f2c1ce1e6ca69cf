import { UpstreamError } from '../domain/errors.js';
import { type StopSignal, orAborted } from '../domain/stop-signal.js';
import { NotFoundError } from './failure.js';
import type { DownloadUrlForm } from './operations/describe-backup-download-url.js';
import { type Deadline, startDeadline } from './policy/deadline.js';

/** `auto`: the resource form, or the action form if the gateway does not know that route. */
export type PathFormSetting = 'auto' | DownloadUrlForm;

/** `deadline` covers all calls while the form is undecided; absent afterwards. */
export type SendInForm<Result> = (form: DownloadUrlForm, deadline?: Deadline) => Promise<Result>;

/** Chooses the path form of describeBackupDownloadURL once per process. */
export interface PathFormSelector {
  send<Result>(send: SendInForm<Result>, signal?: StopSignal): Promise<Result>;
}

/** The end of a probe; `left` if its caller aborted, so that another call probes. */
type ProbeEnd = 'over' | 'left';

/**
 * While the form is undecided, one call probes and the others wait, so that a page of links does
 * not double its calls. If the probe is inconclusive, because its backup does not exist or the
 * upstream does not respond, all continue on their own within their deadlines; none waits longer
 * than half of its deadline.
 * @param timeoutMs deadline of one call, including its wait for the probe and both forms
 */
export function createPathFormSelector(
  setting: PathFormSetting,
  timeoutMs: number,
): PathFormSelector {
  let settled = setting === 'auto' ? undefined : setting;
  let probe: Promise<ProbeEnd> | undefined;

  const sendIn = async <Result>(
    form: DownloadUrlForm,
    send: SendInForm<Result>,
  ): Promise<Result> => {
    try {
      const answer = await send(form);
      settled ??= form;
      return answer;
    } catch (error) {
      if (error instanceof NotFoundError && !error.mayBeRoute) settled ??= form;
      throw error;
    }
  };

  const tryForms = async <Result>(send: SendInForm<Result>): Promise<Result> => {
    try {
      return await sendIn('resource', send);
    } catch (error) {
      if (!isRouteInDoubt(error) || settled === 'resource') throw error;
      return sendIn('action', send);
    }
  };

  const startProbe = <Result>(send: SendInForm<Result>): Promise<Result> => {
    const answer = tryForms(send);
    const patience = startDeadline(timeoutMs / 2);
    probe = orAborted(answer, patience.signal)
      .then(() => 'over' as const, endOf)
      .finally(() => {
        patience.clear();
        probe = undefined;
      });
    return answer;
  };

  const sendAfterProbe = async <Result>(
    send: SendInForm<Result>,
    signal: StopSignal,
  ): Promise<Result> => {
    let isOver = false;
    while (settled === undefined && probe !== undefined && !isOver) {
      isOver = (await orAborted(probe, signal)) === 'over';
    }
    if (settled !== undefined) return send(settled);
    return isOver ? tryForms(send) : startProbe(send);
  };

  const sendWhileOpen = async <Result>(
    send: SendInForm<Result>,
    signal: StopSignal | undefined,
  ): Promise<Result> => {
    const deadline = startDeadline(timeoutMs, signal);
    try {
      return await sendAfterProbe((form) => send(form, deadline), deadline.signal);
    } finally {
      deadline.clear();
    }
  };

  return {
    send: (send, signal) => (settled === undefined ? sendWhileOpen(send, signal) : send(settled)),
  };
}

function isRouteInDoubt(error: unknown): boolean {
  return error instanceof NotFoundError && error.mayBeRoute;
}

function endOf(error: unknown): ProbeEnd {
  return error instanceof UpstreamError ? 'over' : 'left';
}
