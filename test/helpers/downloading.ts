import { setTimeout as wait } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { Agent } from 'undici';
import type { CliError } from '../../src/cli/cli-error.js';
import { download } from '../../src/cli/download/download.js';
import type { DownloadEvent, FileSummary } from '../../src/cli/download/events.js';
import { createReadBuffers } from '../../src/cli/download/read-buffers.js';
import type {
  Clock,
  DownloadDependencies,
  DownloadRequest,
  IssuedLink,
  WantedFile,
} from '../../src/cli/download/request.js';
import { closing, temporaryFolder } from './closing.js';

/** A clock on which a minute takes less than a second. */
export function fastClock(factor = 100): Clock {
  const startedAt = Date.now();
  const now = (): number => startedAt + (Date.now() - startedAt) * factor;
  return {
    now,
    awake: now,
    sleep: (ms, signal) => wait(Math.ceil(ms / factor), undefined, { signal }),
  };
}

/** A clock on which only pauses take time: none that the machine needs. */
export function pausingClock(): Clock {
  let time = Date.now();
  return {
    now: () => time,
    awake: () => time,
    sleep: async (ms, signal) => {
      const until = time + ms;
      await wait(1, undefined, { signal });
      time = Math.max(time, until);
    },
  };
}

/** The clock of the machine. */
export const realClock: Clock = {
  now: Date.now,
  awake: Date.now,
  sleep: (ms, signal) => wait(ms, undefined, { signal }),
};

/**
 * A clock with short pauses on which no connection counts as stalled, however busy the machine is.
 */
export function patientClock(): Clock {
  return { now: Date.now, awake: Date.now, sleep: fastClock().sleep };
}

export const WANTED: WantedFile = {
  backup: 'cn-north-1/mssql-1/bk-1',
  fileName: 'shop.bak',
  fallbackName: 'backup',
  sizeBytes: null,
  isAvailable: true,
};

/** A link as issued by the service, without properties the cloud does not report. */
export function linkOf(url: string, told: Partial<IssuedLink> = {}): IssuedLink {
  return { url, expiresAt: null, sizeBytes: null, sha256: null, ...told };
}

type LinkSource = DownloadDependencies['linkSource'];

export interface Downloading {
  /** The folder that files are written to. */
  readonly dir: string;
  readonly events: DownloadEvent[];
  readonly links: { count: number };
  run(
    links: LinkSource | IssuedLink,
    request?: Partial<DownloadRequest>,
    dependencies?: Partial<DownloadDependencies>,
  ): Promise<FileSummary[]>;
  /** Runs a download that is expected to fail. */
  fail(...args: Parameters<Downloading['run']>): Promise<CliError>;
  /** The same, with this exit code and text. */
  failsWith(exitCode: number, text: string, ...args: Parameters<Downloading['run']>): Promise<void>;
}

/** Downloads into a new folder over real connections. */
export function startDownloading(): Downloading {
  const dir = temporaryFolder();
  const { connect, giveBack } = createReadBuffers();
  const agent = new Agent({ connect });
  closing(() => agent.destroy());
  const events: DownloadEvent[] = [];
  const links = { count: 0 };
  const run: Downloading['run'] = (source, request = {}, dependencies = {}) => {
    const ask: LinkSource = typeof source === 'function' ? source : () => Promise.resolve(source);
    return download(
      {
        service: 'http://127.0.0.1:4000',
        files: [WANTED],
        target: null,
        cwd: dir,
        parallel: null,
        retries: null,
        timeoutMs: 3_600_000,
        limitRate: null,
        restart: false,
        overwrite: false,
        ...request,
      },
      {
        linkSource: (...args) => {
          links.count += 1;
          return ask(...args);
        },
        dispatcher: agent,
        giveBack,
        stallMs: 60_000,
        clock: patientClock(),
        random: () => 0.5,
        emit: (event) => events.push(event),
        signal: new AbortController().signal,
        writeOut: () => Promise.reject(new Error('no standard output')),
        ...dependencies,
      },
    );
  };
  const fail: Downloading['fail'] = async (...args) => {
    const outcome = await run(...args).then(
      () => new Error('it did not fail'),
      (error: unknown) => error,
    );
    return outcome as CliError;
  };
  return {
    dir,
    events,
    links,
    run,
    fail,
    failsWith: async (exitCode, text, ...args) => {
      const error = await fail(...args);
      expect(error).toMatchObject({ exitCode, message: expect.stringContaining(text) });
    },
  };
}
