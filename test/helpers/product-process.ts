import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { closing } from './closing.js';
import { type Service, serviceAt } from './service.js';

const dist = (name: string): string =>
  fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));

/** The programs as they are shipped; the run of the tests has built them. */
export const SHIPPED = {
  main: dist('main.js'),
  backups: dist('backups.js'),
  addBackup: dist('add-backup.js'),
};

/** Settings of a product in front of an upstream at `origin`. */
export const cloudAt = (origin: string) => ({
  UPSTREAM: 'jdcloud',
  JDCLOUD_ENDPOINT: origin,
  JDCLOUD_ACCESS_KEY_ID: 'JDC_TESTKEY',
  JDCLOUD_SECRET_ACCESS_KEY: 'TESTSECRET',
});

/** The product in a separate process, killed when the test or file is over. */
export interface ProductProcess extends Service {
  /** Its output so far, of both streams. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with its exit code. */
  readonly exited: Promise<number | null>;
}

/**
 * Starts it and waits until it reports readiness.
 * @param nodeOptions options of Node, before the program
 * @throws Error with its output if it exits first
 */
export async function startProcess(
  env: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = [],
  program = SHIPPED.main,
): Promise<ProductProcess> {
  const child = spawn(process.execPath, [...nodeOptions, program], {
    env: { PATH: process.env['PATH'], PORT: '0', EMBEDDED_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  const exited = once(child, 'close').then(([code]) => code as number | null);
  closing(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const origin = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      written += chunk.toString();
      const [, url] = /"graphql":"(http:[^"]+)\/graphql"/.exec(written) ?? [];
      if (url !== undefined) resolve(url);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exited.then((code) => {
      reject(new Error(`exit ${String(code)}: ${written}`));
    });
  });
  return {
    ...serviceAt(origin),
    output: () => written,
    kill: (signal) => void child.kill(signal),
    exited,
  };
}
