import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readEnv } from './config/env.js';
import { ConfigError } from './config/to-config.js';
import { AFTER_FAULT, openStandardStream } from './telemetry/standard-streams.js';

/** The folder of the built page: beside the program as shipped, which can be copied anywhere, or in `dist`. */
const EXPLORER_DIR = ['explorer', '../dist/explorer']
  .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
  .find((folder) => existsSync(join(folder, 'assets')));

const HELP = `Usage: backups-server [--check | --version | --help]

Serves download links of database backups: a page for people, and a GraphQL API.

  --check     check the settings and the files they name, without starting
  --version   print the version
  --help      print this text

Settings are environment variables. Without any, it listens on http://127.0.0.1:4000 and serves
sample backups in ./data. The most important ones:

  UPSTREAM       embedded (default), or jdcloud with JDCLOUD_ACCESS_KEY_ID and JDCLOUD_SECRET_ACCESS_KEY
  EMBEDDED_DIR   the folder of own backups
  PORT, HOST     where to listen (4000, 127.0.0.1)
  AUTH           jwt, to serve other machines

All of them: docs/configuration.md
`;

const standardError = openStandardStream(2);

async function main(args: readonly string[]): Promise<void> {
  const [option, ...others] = args;
  if (others.length > 0) throw new UsageError();
  switch (option) {
    case undefined: {
      const { runServer } = await import('./app/run-server.js');
      await runServer({ env: readEnv(), standardError, explorerDir: EXPLORER_DIR });
      return;
    }
    case '--help':
    case '-h':
      print(HELP);
      return;
    case '--version':
    case '-v': {
      const { programVersion } = await import('./config/program-version.js');
      print(`${programVersion()}\n`);
      return;
    }
    case '--check': {
      const { checkSettings } = await import('./app/check-settings.js');
      const warnings = await checkSettings(readEnv());
      print([...warnings, 'The settings are valid.'].map((line) => `${line}\n`).join(''));
      return;
    }
    default:
      throw new UsageError();
  }
}

class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor() {
    super('Unknown arguments; see backups-server --help. Settings are environment variables.');
  }
}

function print(text: string): void {
  const output = openStandardStream(1);
  output.log(text);
  output.flushSync(AFTER_FAULT.idleMs, AFTER_FAULT.maxMs);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  standardError.log(`${explain(error)}\n`);
  standardError.flushSync(AFTER_FAULT.idleMs, AFTER_FAULT.maxMs);
  process.exit(error instanceof UsageError ? 2 : 1);
});

function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof UsageError) return error.message;
  return `Could not start: ${error instanceof Error ? error.message : 'unknown error'}`;
}
