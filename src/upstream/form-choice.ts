import { UpstreamError } from '../domain/errors.js';
import type { StopSignal } from '../domain/stop-signal.js';
import { NotFoundError } from './not-found-error.js';
import type { DownloadUrlForm } from './operations/describe-backup-download-url.js';
import { orAborted } from './policy/or-aborted.js';

/** `auto`: the resource form, or the action form where the gateway knows no such route. */
export type FormSetting = 'auto' | DownloadUrlForm;

export type SendInForm<Result> = (form: DownloadUrlForm) => Promise<Result>;

/** Chooses the path form of describeBackupDownloadURL, once for the process. */
export interface FormChoice {
  send<Result>(send: SendInForm<Result>, signal?: StopSignal): Promise<Result>;
}

/** How a probe ended: `unreachable` where it says nothing, because the upstream did not answer. */
type ProbeEnd = 'open' | 'unreachable';

/**
 * While the form is open, one call probes and the others wait for what it finds, so that a page of
 * links does not double its calls. A probe for a backup nobody knows leaves the form open and the next
 * one probes; when the upstream is out of order all go on at once, rather than time out in a row.
 */
export function createFormChoice(setting: FormSetting): FormChoice {
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
    probe = answer
      .then(() => 'open' as const, endOf)
      .finally(() => {
        probe = undefined;
      });
    return answer;
  };

  const sendAfterProbe = async <Result>(
    send: SendInForm<Result>,
    signal: StopSignal | undefined,
  ): Promise<Result> => {
    while (settled === undefined && probe !== undefined) {
      if ((await orAborted(probe, signal)) === 'unreachable') break;
    }
    if (settled !== undefined) return send(settled);
    return probe === undefined ? startProbe(send) : tryForms(send);
  };

  return {
    send: (send, signal) => (settled === undefined ? sendAfterProbe(send, signal) : send(settled)),
  };
}

function isRouteInDoubt(error: unknown): boolean {
  return error instanceof NotFoundError && error.mayBeRoute;
}

function endOf(error: unknown): ProbeEnd {
  return error instanceof UpstreamError && !(error instanceof NotFoundError)
    ? 'unreachable'
    : 'open';
}
