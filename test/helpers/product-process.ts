import { transformFile } from '@swc/core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The server as it is shipped; the run of the tests has built it. */
export const SHIPPED = { main: join(ROOT, 'dist', 'main.js') };

/** The current sources of the product, compiled to JavaScript. */
export interface CompiledProduct {
  readonly main: string;
  remove(): Promise<void>;
}

export async function compileProduct(): Promise<CompiledProduct> {
  const out = join(ROOT, 'build', `under-test-${process.pid}`);
  const files = await readdir(join(ROOT, 'src'), { recursive: true });
  await Promise.all(files.filter((file) => file.endsWith('.ts')).map((file) => compile(file, out)));
  return { main: join(out, 'main.js'), remove: () => rm(out, { recursive: true }) };
}

async function compile(file: string, out: string): Promise<void> {
  const { code } = await transformFile(join(ROOT, 'src', file), {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: true },
      target: 'es2022',
    },
    module: { type: 'es6' },
  });
  const target = join(out, file.replace(/\.ts$/, '.js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
}

/** The product in a separate process. */
export interface ProductProcess {
  readonly origin: string;
  /** Its output so far, of both streams. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with its exit code. */
  readonly exited: Promise<number | null>;
}

/**
 * Starts it and waits until it reports readiness.
 * @param nodeOptions options of Node, before the program
 * @param through a program that runs the command given behind its own arguments
 * @throws Error with its output if it exits first
 */
export async function startProcess(
  { main }: Pick<CompiledProduct, 'main'>,
  env: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = [],
  through: readonly string[] = [],
): Promise<ProductProcess> {
  const [program, ...args] = [...through, process.execPath, ...nodeOptions, main];
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], PORT: '0', EMBEDDED_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  const exited = once(child, 'close').then(([code]) => code as number | null);
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
  return { origin, output: () => written, kill: (signal) => void child.kill(signal), exited };
}
