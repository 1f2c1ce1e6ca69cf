import { UpstreamError } from '../domain/errors.js';
import { type StopSignal, orAborted } from '../domain/stop-signal.js';
import { NotFoundError } from './failure.js';
import type { DownloadUrlForm } from './operations/describe-backup-download-url.js';
import { type Deadline, startDeadline } from './policy/deadline.js';

/** `auto`: the resource form, or the action form where the gateway knows no such route. */
export type PathFormSetting = 'auto' | DownloadUrlForm;

/** `deadline` is that of all calls it takes while the form is open; absent once it is settled. */
export type SendInForm<Result> = (form: DownloadUrlForm, deadline?: Deadline) => Promise<Result>;

/** Chooses the path form of describeBackupDownloadURL, once for the process. */
export interface PathFormSelector {
  send<Result>(send: SendInForm<Result>, signal?: StopSignal): Promise<Result>;
}

/** How a probe ended: `left` where its caller went away, so that it says nothing and another one probes. */
type ProbeEnd = 'over' | 'left';

/**
 * While the form is open, one call probes and the others wait for what it finds, so that a page of
 * links does not double its calls. Where it finds nothing, because its backup is one nobody knows or the
 * upstream does not answer, all go on at once by themselves, each within its deadline; none waits for more
 * than half of that.
 * @param timeoutMs deadline of one call, its wait for the probe and both forms included
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
