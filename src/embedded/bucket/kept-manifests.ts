import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import type { Logger } from '../../telemetry/logger.js';
import { backupManifest, instanceManifest } from '../catalogue/manifest.js';
import { createLineSeal, createSealCheck, DistrustError } from '../catalogue/sealed-lines.js';
import type { ListedObject, StoreClient } from './store-client.js';
import { isStoreFault, toStoreError } from './store-error.js';

/**
 * The json files of a bucket as they were read, in one object for the next start of any replica. The last one to
 * write it wins: an entry only counts for an object that is listed with the version and the time it had.
 */
export interface KeptManifests {
  readonly key: string;
  /** Reads the object as it was listed. Never fails: an unfit one is reported. @returns whether it is fit */
  load(listed: ListedObject): Promise<boolean>;
  /** The content kept of an object, not checked yet; undefined if none was kept of it as it is now. */
  of(object: ListedObject): unknown;
  /** Forgets what was loaded. */
  forget(): void;
  /** Writes the object. Never fails. */
  save(manifests: Iterable<ReadManifest>): Promise<void>;
}

/** The valid content of a json file. */
export interface ReadManifest {
  readonly object: Pick<ListedObject, 'key' | 'version' | 'modifiedAt'>;
  readonly content: unknown;
}

export interface KeptManifestsOptions {
  readonly client: Pick<StoreClient, 'getText' | 'put'>;
  readonly bucket: string;
  /** What the keys of the layout begin with: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly logger: Logger;
}

/** Below the prefix; no region has a name like it. */
const NAME = '.backup-index.jsonl';
/** Bytes of an object that is read; 100,000 backups take some 30 MB. */
const MAX_SIZE = 256 * 1024 ** 2;
/** Manifests in a line. */
const PER_LINE = 200;

/** The form of the lines, and the members of the json files that are read: another version may read more. */
const FORMAT = [
  '1',
  ...[backupManifest, instanceManifest].map(({ shape }) => Object.keys(shape).sort().join(' ')),
].join('; ');

/** Key below the prefix, version, time in milliseconds since the epoch, content. */
const row = z.tuple([z.string(), z.string(), z.number(), z.unknown()]);
type Row = z.output<typeof row>;

export function createKeptManifests(options: KeptManifestsOptions): KeptManifests {
  const { client, bucket, prefix, logger } = options;
  const key = `${prefix}${NAME}`;
  const head = JSON.stringify({ format: FORMAT, bucket, prefix });
  const rows = new Map<string, Row>();
  let isRefused = false;
  let isFailing = false;

  function checkHead(line: string): void {
    if (line === head) return;
    const isOfThisVersion = line.startsWith(`${JSON.stringify({ format: FORMAT }).slice(0, -1)},`);
    throw new DistrustError(
      isOfThisVersion ? 'it is of another bucket' : 'it was written by another version',
    );
  }

  async function loadLines(text: string): Promise<void> {
    const check = createSealCheck();
    const [first = '', ...others] = text.trimEnd().split('\n');
    if (first !== '') checkHead(first);
    check.add(first);
    const lines = others.filter((line) => check.add(line));
    check.end();
    for (const line of lines) {
      for (const one of rowsOf(line)) rows.set(one[0], one);
      await nextTurn();
    }
  }

  async function* toLines(manifests: Iterable<ReadManifest>): AsyncGenerator<string> {
    yield head;
    let some: Row[] = [];
    for (const { object, content } of manifests) {
      const { key: own, version, modifiedAt } = object;
      some.push([own.slice(prefix.length), version, modifiedAt.getTime(), content]);
      if (some.length < PER_LINE) continue;
      yield JSON.stringify(some);
      some = [];
      await nextTurn();
    }
    if (some.length > 0) yield JSON.stringify(some);
  }

  async function textOf(manifests: Iterable<ReadManifest>): Promise<string> {
    const sealed = createLineSeal();
    const lines: string[] = [];
    for await (const line of toLines(manifests)) {
      sealed.add(line);
      lines.push(line);
    }
    return `${[...lines, sealed.seal()].join('\n')}\n`;
  }

  return {
    key,

    async load(listed) {
      try {
        const got = listed.size > MAX_SIZE ? null : await client.getText(key, MAX_SIZE);
        if (got === null) throw new DistrustError('it is too large');
        await loadLines(got.text);
        return true;
      } catch (error) {
        rows.clear();
        const reason =
          error instanceof DistrustError
            ? error.message
            : `it cannot be read: ${toStoreError(error).message}`;
        logger.warn({ key, reason }, 'the kept index of backups is not used, but rebuilt');
        return false;
      }
    },

    of({ key: own, version, modifiedAt }) {
      const kept = rows.get(own.slice(prefix.length));
      return kept?.[1] === version && kept[2] === modifiedAt.getTime() ? kept[3] : undefined;
    },

    forget: () => {
      rows.clear();
    },

    async save(manifests) {
      if (isRefused) return;
      try {
        await client.put(key, await textOf(manifests));
        isFailing = false;
      } catch (error) {
        isRefused = isStoreFault(error, 'refused');
        if (isFailing) return;
        isFailing = true;
        const facts = { key, reason: toStoreError(error).message };
        logger.info(facts, 'the index of backups cannot be kept: the next start reads them all');
      }
    },
  };
}

function rowsOf(line: string): readonly Row[] {
  try {
    return z.array(row).parse(JSON.parse(line));
  } catch {
    throw new DistrustError('it holds something else than an index');
  }
}
