import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { InstanceKey } from '../../../domain/ids.js';
import type { Logger } from '../../../telemetry/logger.js';
import { codeOf, hasCode } from '../../../domain/error-code.js';
import { createLineSeal, createSealCheck, DistrustError } from '../sealed-lines.js';
import { FORMAT, keptLinesOf, readKeptLine, type KeptHead } from './kept-lines.js';
import type { KeptBackup, KnownInstance } from './known-instance.js';

/** What is known of the backups, in a file for the next start. Every entry is checked before it is used. */
export interface KeptIndex {
  /** Reads the file; never fails. */
  load(): Promise<void>;
  /** What the file has of an instance, by backup id; returned once. */
  of(key: InstanceKey): Promise<ReadonlyMap<string, KeptBackup> | undefined>;
  /** Writes the file, where there is reason to; never fails. */
  save(instances: readonly KnownInstance[]): Promise<void>;
}

/** In the folder of the backups; no region has a name like it. */
const NAME = '.backup-index.jsonl';
/** With fewer backups, reading them takes no longer than reading the file. */
const MIN_BACKUPS = 1000;
/** Bytes of a file that is read; 100,000 backups take some 50 MB. */
const MAX_SIZE = 1024 ** 3;
/** A file half written that is older, in milliseconds, is left of a process that was ended. */
const LEFT_AFTER_MS = 3_600_000;

/** @param root the real path of the folder */
export function createKeptIndex(root: string, logger: Logger, now: () => number): KeptIndex {
  const path = join(root, NAME);
  const lines = new Map<string, string[]>();
  let isThere = false;
  let cannotBeKept = false;

  async function loadLines(): Promise<void> {
    const handle = await open(
      path,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    isThere = true;
    try {
      await checkOwner(handle);
      await readLines(handle);
    } finally {
      await handle.close();
    }
  }

  async function readLines(handle: FileHandle): Promise<void> {
    const check = createSealCheck();
    let isFirst = true;
    for await (const line of handle.readLines({ autoClose: false })) {
      if (isFirst) checkHead(line, root);
      if (check.add(line) && !isFirst) collect(line);
      isFirst = false;
    }
    check.end();
  }

  function collect(line: string): void {
    const name = line.slice(0, line.indexOf(' '));
    const others = lines.get(name);
    if (others) others.push(line);
    else lines.set(name, [line]);
  }

  async function write(instances: readonly KnownInstance[]): Promise<void> {
    const aside = `${path}.${randomUUID()}.tmp`;
    const handle = await open(aside, 'wx', 0o600);
    try {
      const sealed = createLineSeal();
      const put = async (line: string): Promise<void> => {
        sealed.add(line);
        await handle.write(`${line}\n`);
      };
      const head: KeptHead = { format: FORMAT, root };
      await put(JSON.stringify(head));
      for (const instance of instances) for (const line of keptLinesOf(instance)) await put(line);
      await handle.write(`${sealed.seal()}\n`);
      await handle.close();
      await rename(aside, path);
    } catch (error) {
      await handle.close().catch(() => undefined);
      await rm(aside, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** Files half written by processes that were ended meanwhile. */
  async function removeLeft(): Promise<void> {
    const names = await readdir(root);
    for (const name of names.filter((one) => one.startsWith(NAME) && one.endsWith('.tmp'))) {
      const left = join(root, name);
      const { mtimeMs } = await stat(left);
      if (mtimeMs < now() - LEFT_AFTER_MS) await rm(left, { force: true });
    }
  }

  return {
    async load() {
      await removeLeft().catch(() => undefined);
      try {
        await loadLines();
      } catch (error) {
        lines.clear();
        if (hasCode(error, 'ENOENT') || !(await isReachable(path))) return;
        isThere = true;
        const reason =
          error instanceof DistrustError
            ? error.message
            : `it cannot be read: ${codeOf(error) ?? 'not as it was written'}`;
        logger.warn({ file: NAME, reason }, 'the kept index of backups is not used, but rebuilt');
      }
    },

    async of(key) {
      const name = nameOf(key);
      const own = lines.get(name);
      lines.delete(name);
      if (!own) return undefined;
      const backups = new Map<string, KeptBackup>();
      let faults = 0;
      for (const line of own) {
        faults += readKeptLine(line.slice(name.length + 1), backups);
        // A line takes a millisecond or two; requests are answered in between.
        await nextTurn();
      }
      if (faults > 0) {
        const facts = { file: NAME, ...key, faults };
        logger.warn(facts, 'entries of the kept index of backups are not valid, and rebuilt');
      }
      return backups;
    },

    async save(instances) {
      const count = instances.reduce((sum, { entries }) => sum + entries.size, 0);
      if (cannotBeKept || (count < MIN_BACKUPS && !isThere)) return;
      try {
        await write(instances);
        isThere = true;
      } catch (error) {
        cannotBeKept = hasCode(error, 'EROFS', 'EACCES', 'EPERM');
        const facts = { file: NAME, code: codeOf(error) ?? 'unknown' };
        logger.info(facts, 'the index of backups cannot be kept: the next start reads them all');
      }
    },
  };
}

function nameOf({ regionId, instanceId }: InstanceKey): string {
  return `${regionId}/${instanceId}`;
}

/** Another user who could write the file could invent backups. */
async function checkOwner(handle: FileHandle): Promise<void> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new DistrustError('it is no regular file');
  if (stats.size > MAX_SIZE) throw new DistrustError('it is too large');
  const user = process.geteuid?.();
  if (user === undefined) return;
  if (stats.uid !== user) throw new DistrustError('it belongs to another user');
  if ((stats.mode & 0o022) !== 0) throw new DistrustError('other users may write it');
}

function checkHead(line: string, root: string): void {
  const head = parsed<KeptHead>(line);
  if (head?.format !== FORMAT) throw new DistrustError('it was written by another version');
  if (head.root !== root) throw new DistrustError('it is of another folder');
}

/** Where a folder cannot be entered, that is reported of the folder; its file is not to blame. */
function isReachable(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** The members are compared with what they must be, so nothing is taken for granted of them. */
function parsed<Content>(text: string): Partial<Content> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
