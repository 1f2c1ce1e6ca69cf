import { createAwakeClock } from '../awake-clock.js';
import { usageError } from '../cli-error.js';
import type { Context } from '../command.js';
import { download } from '../download/download.js';
import { createReadBuffers } from '../download/read-buffers.js';
import type { DownloadDependencies, WantedFile } from '../download/request.js';
import { defineCommand, durationOption, PLACE_OPTIONS, SERVICE_OPTIONS } from '../options.js';
import { createDispatcher, endDispatcher } from '../service/dispatcher.js';
import { BACKUP_HELP, withBackup } from '../service/find-backup.js';
import { chooseDownloadable } from '../service/latest.js';
import type { Backup } from '../service/operations.js';
import type { Service } from '../service/service.js';
import { checkDownloadable, usableLink, type Network } from '../service/usable-link.js';
import { openByteOutput } from '../terminal/byte-output.js';
import { createJsonPrinter, createTextPrinter, type Printer } from '../terminal/printer.js';
import { listed, shellWord } from '../terminal/text.js';

/** More connections than this gain nothing, and take memory. */
const MAX_PARALLEL = 64;
/** Without a byte for this long a connection is given up, and another one tried. */
const STALL_MS = 60_000;

export const command = defineCommand({
  usage: 'get <backup> [options]',
  about: `Downloads a backup, across broken connections and expiring links. Running the same command
again resumes where the last run stopped.`,
  options: {
    file: { value: 'NAME', multiple: true, help: 'file of a SQL Server backup; may be repeated' },
    all: { help: 'all files of the backup' },
    output: {
      value: 'PATH',
      short: 'o',
      help: `a file, a folder (end a new one with a slash), or - for standard output;
default this folder`,
    },
    parallel: {
      value: 'N',
      help: 'connections for one file; default 4 where its size is known',
    },
    retries: { value: 'N', help: 'consecutive attempts without a byte; no limit by default' },
    timeout: { value: 'T', help: 'how long to try without a byte; default 1h' },
    'limit-rate': {
      value: 'RATE',
      help: 'bytes per second for all connections, as 500K, 10M or 1G',
    },
    restart: { help: 'discard what an earlier run left and start over' },
    overwrite: { help: 'replace a file of the same name with different content' },
    internal: { help: 'over the internal network of the region' },
    quiet: { help: 'no progress' },
    json: { help: 'progress as one JSON object per line, for programs' },
    ...PLACE_OPTIONS,
    ...SERVICE_OPTIONS,
  },
  notes: `${BACKUP_HELP}
Examples:
  backups get cn-north-1/sqlserver-83uqv7avy4/latest --file shop.bak -o /restore/
  backups get cn-north-1/mysql-wp4e9ztap2/latest -o - | xbstream -x -C /restore
`,
  operand: '<backup>',
  async run(values, context, operand) {
    if (values.file !== undefined && values.all === true) {
      throw usageError('--file and --all exclude each other: leave one out.');
    }
    const request = {
      target: values.output ?? null,
      cwd: context.cwd,
      parallel: countOption('--parallel', values.parallel, 1, MAX_PARALLEL),
      retries: countOption('--retries', values.retries, 0, 1_000_000),
      timeoutMs: durationOption('--timeout', values.timeout ?? '1h') * 1000,
      limitRate: values['limit-rate'] === undefined ? null : rateOption(values['limit-rate']),
      restart: values.restart ?? false,
      overwrite: values.overwrite ?? false,
    };
    const network = values.internal === true ? 'internal' : 'public';
    await withBackup(operand, values, context, chooseDownloadable, async (backup, service) => {
      checkDownloadable(backup);
      const files = chooseFiles(backup, values.file, values.all ?? false);
      const printer = printerOf(values, context);
      const { connect, giveBack } = createReadBuffers();
      const dispatcher = createDispatcher(context.env, { connect });
      try {
        await download(
          { ...request, service: service.address, files },
          {
            linkSource: linkSource(service, network),
            dispatcher,
            giveBack,
            stallMs: Math.min(STALL_MS, request.timeoutMs),
            clock: {
              now: () => context.now().getTime(),
              awake: createAwakeClock(),
              sleep: context.sleep,
            },
            random: context.random,
            emit: printer?.onEvent ?? (() => undefined),
            signal: context.signal,
            writeOut: openByteOutput(),
          },
        );
      } finally {
        printer?.close();
        await endDispatcher(dispatcher, context.signal);
      }
    });
  },
});

/** null where the option is not given. @throws CliError */
function countOption(
  option: string,
  text: string | undefined,
  least: number,
  most: number,
): number | null {
  if (text === undefined) return null;
  const count = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  if (count >= least && count <= most) return count;
  throw usageError(`${option} is out of range: give a whole number from ${least} to ${most}.`);
}

/** Bytes per second, with the units of curl: K, M and G are 1024, 1024² and 1024³. @throws CliError */
function rateOption(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?)([KMG]?)B?$/i.exec(text) ?? [];
  const rate = Number(digits) * 1024 ** ['', 'K', 'M', 'G'].indexOf(unit.toUpperCase());
  if (rate >= 1) return rate;
  throw usageError('--limit-rate is not a rate: give bytes per second, as 500K, 10M or 1G.');
}

/** @throws CliError where the choice of files is unclear, or one does not exist */
function chooseFiles(
  { id, instanceId, backupId, files }: Backup,
  named: readonly string[] | undefined,
  all: boolean,
): WantedFile[] {
  const fallbackName = `${instanceId}-${backupId}`;
  if (files.length === 0) {
    // A file of a backup that has none is for the service to refuse, with its reason.
    const names = named ?? [null];
    // The size of such a backup is not that of its file everywhere: only the store knows it.
    const unknown = { backup: id, fallbackName, sizeBytes: null, isAvailable: true };
    return names.map((fileName) => ({ ...unknown, fileName }));
  }
  if (named === undefined && !all && files.length > 1) {
    const names = files.map(({ name }) => shellWord(name));
    throw usageError(`The backup has several files: give --all, or --file with ${listed(names)}.`);
  }
  const wanted = named === undefined ? files.map(({ name }) => name) : [...new Set(named)];
  const byName = new Map(files.map((file) => [file.name, file]));
  return wanted.map((fileName) => ({
    backup: id,
    fileName,
    fallbackName,
    sizeBytes: byName.get(fileName)?.sizeBytes ?? null,
    // A file that the backup does not have is for the service to refuse, with its reason.
    isAvailable: byName.get(fileName)?.available ?? true,
  }));
}

function linkSource(service: Service, network: Network): DownloadDependencies['linkSource'] {
  return async ({ backup, fileName }, signal) => {
    const issued = await service.linkOnce(backup, { fileName: fileName ?? undefined }, signal);
    const { url, expiresAt, sizeBytes, sha256 } = usableLink(backup, issued, network);
    return { url, expiresAt: expiresAt === null ? null : new Date(expiresAt), sizeBytes, sha256 };
  };
}

/** null for none. */
function printerOf(
  {
    quiet,
    json,
    output,
  }: {
    readonly quiet?: boolean | undefined;
    readonly json?: boolean | undefined;
    readonly output?: string | undefined;
  },
  { terminal, stdout, now }: Context,
): Printer | null {
  const clock = (): number => now().getTime();
  if (quiet === true) return null;
  if (json !== true) return createTextPrinter(terminal, clock);
  // Standard output belongs to the file where that is written there.
  if (output === '-') return createJsonPrinter(terminal.write, clock);
  // The reader of the events may leave: the download continues.
  return createJsonPrinter((text) => void stdout.write(text).catch(() => undefined), clock);
}
