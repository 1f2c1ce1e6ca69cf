import type * as hooks from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Close = () => unknown;

// Absent in programs that use a helper outside of tests.
const { beforeEach, afterEach, afterAll } = globalThis as Partial<typeof hooks>;
const ofFile: Close[] = [];
const ofTest: Close[] = [];
const resets: (() => void)[] = [];
let opened = ofFile;

beforeEach?.(() => {
  opened = ofTest;
  for (const reset of resets) reset();
});
afterEach?.(async () => {
  opened = ofFile;
  await closeAll(ofTest);
});
afterAll?.(() => closeAll(ofFile));

/** Closes what was opened last first, since it may use what was opened before it. */
async function closeAll(closers: Close[]): Promise<void> {
  for (let close = closers.pop(); close; close = closers.pop()) await close();
}

/**
 * Calls `close`, with `atEnd`, after the test that called this (or its `beforeEach`), and otherwise
 * after all tests of the file. @returns the same, which runs once, for a test that closes earlier
 */
export function closing<Argument>(
  close: (argument?: Argument) => Promise<void>,
  atEnd?: Argument,
): (argument?: Argument) => Promise<void> {
  let closed: Promise<void> | undefined;
  const once = (argument?: Argument): Promise<void> => (closed ??= close(argument));
  opened.push(() => once(atEnd));
  return once;
}

/** Calls `reset` before each following test. */
export function resetting(reset: () => void): void {
  resets.push(reset);
}

/** A temporary folder, removed when the test or file is over. @returns its path */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'backups-test-'));
  opened.push(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

/** A server on a free port of this machine, closed with its connections when the test or file is over. */
export async function listening(
  server: Server | HttpServer,
): Promise<{ port: number; origin: string; close: () => Promise<void> }> {
  const sockets = new Set<{ destroy(): unknown }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = closing(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { port, origin: `http://127.0.0.1:${port}`, close };
}
