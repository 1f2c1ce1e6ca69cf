import { transformFile } from '@swc/core';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { closing } from './closing.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The current sources of the product, compiled to JavaScript. */
export interface CompiledProduct {
  readonly main: string;
}

export async function compileProduct(): Promise<CompiledProduct> {
  const out = join(ROOT, 'build', `under-test-${process.pid}`);
  const files = await readdir(join(ROOT, 'src'), { recursive: true });
  await Promise.all(files.filter((file) => file.endsWith('.ts')).map((file) => compile(file, out)));
  closing(() => rm(out, { recursive: true }));
  return { main: join(out, 'main.js') };
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

export interface DownloadingProcess {
  readonly child: ChildProcess;
  /** Kinds of the events so far. */
  readonly events: { kind: string; bytes?: number }[];
  /** Its result: `done`, or the kind and message of the failure; null if it was killed. */
  readonly outcome: Promise<{ kind: string; message?: string; peakBytes: number } | null>;
}

/** Downloads one link in a separate process, to `target` below `cwd`. */
export function startDownloadingProcess(
  { main }: CompiledProduct,
  request: {
    link: string;
    sizeBytes: number;
    target: string | null;
    cwd: string;
    parallel: number;
  },
): DownloadingProcess {
  const from = pathToFileURL(`${dirname(main)}/cli/download/`).href;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program(from)], {
    env: { PATH: process.env['PATH'], REQUEST: JSON.stringify(request) },
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: dirname(main),
  });
  const events: { kind: string; bytes?: number }[] = [];
  let text = '';
  let last: { kind: string; peakBytes: number } | null = null;
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (text + chunk.toString()).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line);
      if ('peakBytes' in event) last = event;
      else events.push(event);
    }
  });
  return { child, events, outcome: once(child, 'close').then(() => last) };
}

function program(from: string): string {
  return `
    import { download } from '${from}download.js';
    import { createReadBuffers } from '${from}read-buffers.js';
    import { readFileSync } from 'node:fs';
    import { setTimeout as wait } from 'node:timers/promises';
    import { Agent } from 'undici';
    const { link: url, sizeBytes, ...rest } = JSON.parse(process.env.REQUEST);
    const { connect, giveBack } = createReadBuffers();
    const tell = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
    const file = { backup: 'cn-north-1/mssql-1/bk-1', fileName: 'shop.bak', fallbackName: 'backup', sizeBytes: null, isAvailable: true };
    const outcome = await download(
      { service: 'http://127.0.0.1:4000', files: [file], retries: 3, timeoutMs: 60000, limitRate: null, restart: false, overwrite: false, ...rest },
      {
        linkSource: async () => ({ url, sizeBytes, sha256: null, expiresAt: null }),
        dispatcher: new Agent({ connect }),
        giveBack,
        stallMs: 60000,
        clock: { now: Date.now, awake: Date.now, sleep: (ms, signal) => wait(ms, undefined, { signal }) },
        random: Math.random,
        emit: tell,
        signal: new AbortController().signal,
        writeOut: () => Promise.reject(new Error('no standard output')),
      },
    ).then(() => ({ kind: 'done' }), ({ exitCode, message }) => ({ kind: 'failed', exitCode, message }));
    // Of this program alone: maxRSS begins with that of the process that started it.
    const [, peakKib] = /^VmHWM:\\s+(\\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    tell({ ...outcome, peakBytes: Number(peakKib) * 1024 });
    process.exit();
  `;
}
