import type { BackupType } from './backup.js';

/** The variant of the download link an engine hands out. */
export type LinkVariant = 'SqlServer' | 'MySql';

/** How the lifetime of a link may be chosen. */
export type LifetimeRule = 'free' | 'setting';

/**
 * The rules of one engine. `lifetime: 'setting'` follows MYSQL_LINK_EXPIRY, since published versions
 * of the upstream API disagree on it.
 */
export type EngineRules =
  | {
      readonly links: LinkVariant;
      /** Files are downloaded one by one (`required`), or only the whole set is (`refused`). */
      readonly fileName: 'required' | 'refused';
      readonly lifetime: LifetimeRule;
    }
  | { readonly links: null };

/** What is told of the backups of one engine, beside what is told of every backup. */
export interface EngineTraits {
  readonly type: boolean;
  readonly unit: boolean;
  /** Suffixes of files that are downloaded one by one, and the type of backup each stands for. */
  readonly suffixes: Readonly<Record<string, BackupType>>;
}

export interface EngineEntry {
  /** For people. */
  readonly label: string;
  /** In the upstream API. */
  readonly upstreamName: string;
  /** In the schema. */
  readonly description: string;
  readonly rules: EngineRules;
  readonly traits: EngineTraits;
}

const FILE_BY_FILE = { links: 'SqlServer', fileName: 'required', lifetime: 'free' } as const;
const WHOLE_SET = { links: 'MySql', fileName: 'refused', lifetime: 'setting' } as const;
const NO_TRAITS = { type: false, unit: false, suffixes: {} } as const;

/** The one table of engines, by their names in the schema and in its order. */
const TABLE = {
  SQL_SERVER: {
    label: 'SQL Server',
    upstreamName: 'SQL Server',
    description: 'Microsoft SQL Server. Each file of a backup is downloaded separately.',
    rules: FILE_BY_FILE,
    traits: { type: true, unit: true, suffixes: { '.bak': 'FULL', '.diff': 'INCREMENTAL' } },
  },
  MYSQL: {
    label: 'MySQL',
    upstreamName: 'MySQL',
    description: 'MySQL. A backup is downloaded as a whole.',
    rules: WHOLE_SET,
    traits: NO_TRAITS,
  },
  MARIADB: {
    label: 'MariaDB',
    upstreamName: 'MariaDB',
    description: 'MariaDB. A backup is downloaded as a whole.',
    rules: WHOLE_SET,
    traits: NO_TRAITS,
  },
  PERCONA: {
    label: 'Percona',
    upstreamName: 'Percona',
    description: 'Percona Server for MySQL. A backup is downloaded as a whole.',
    rules: WHOLE_SET,
    traits: NO_TRAITS,
  },
  POSTGRESQL: {
    label: 'PostgreSQL',
    upstreamName: 'PostgreSQL',
    description: 'PostgreSQL. Its backups have no download links.',
    rules: { links: null },
    traits: NO_TRAITS,
  },
} as const satisfies Readonly<Record<string, EngineEntry>>;

/** A database engine, by its name in the schema. */
export type Engine = keyof typeof TABLE;

export const ENGINES: Readonly<Record<Engine, EngineEntry>> = TABLE;

/** Every engine, in the order of the schema. */
export const ENGINE_NAMES = Object.keys(ENGINES) as readonly Engine[];

/** Longer texts are nobody's name, and not worth a look at each character. */
const MAX_NAME_LENGTH = 64;

const BY_NAME: ReadonlyMap<string, Engine> = new Map(
  ENGINE_NAMES.map((engine) => [ENGINES[engine].upstreamName, engine]),
);
const BY_LETTERS: ReadonlyMap<string, Engine> = new Map(
  ENGINE_NAMES.map((engine) => [lettersOf(ENGINES[engine].upstreamName), engine]),
);

/**
 * The engine the upstream calls `name`, or null for one it has gained since. Case, spaces, hyphens and
 * underscores do not matter: `SQL Server`, `sqlserver` and `SQL_SERVER` are one.
 */
export function engineFromUpstream(name: string): Engine | null {
  const exact = BY_NAME.get(name);
  if (exact !== undefined) return exact;
  return name.length > MAX_NAME_LENGTH ? null : (BY_LETTERS.get(lettersOf(name)) ?? null);
}

/** The upstream's own spelling of an engine's name; one it does not know stays as it is. */
export function upstreamEngineName(name: string): string {
  const engine = engineFromUpstream(name);
  return engine === null ? name : ENGINES[engine].upstreamName;
}

function lettersOf(name: string): string {
  return name.replace(/[\s\p{Pd}_]+/gu, '').toLowerCase();
}

/**
 * Whether files of this engine's backups are downloaded one by one, so that a backup may have several.
 * Otherwise the whole set is one file.
 */
export function isFileByFile(engine: Engine): boolean {
  return downloadsFiles(ENGINES[engine]);
}

function downloadsFiles({ rules }: EngineEntry): boolean {
  return rules.links !== null && rules.fileName === 'required';
}

/** What a backup shows of its engine. */
export interface ShownTraits {
  readonly files: readonly string[];
  readonly type: unknown;
  readonly unit: unknown;
}

/**
 * The engine of a backup whose instance is gone, from what only one engine's backups have: files, a
 * type or a unit. Of several engines with all of these, the one whose suffixes the files have. Null
 * where nothing gives it away.
 * @param table of engines by name
 */
export function engineFromTraits<Name extends string = Engine>(
  { files, type, unit }: ShownTraits,
  table: Readonly<Record<Name, EngineEntry>> = ENGINES as Readonly<Record<Name, EngineEntry>>,
): Name | null {
  const [hasFiles, hasType, hasUnit] = [files.length > 0, type != null, unit != null];
  if (!hasFiles && !hasType && !hasUnit) return null;
  const names = (Object.keys(table) as Name[]).filter((name) => {
    const { traits } = table[name];
    if (hasFiles && !downloadsFiles(table[name])) return false;
    return (traits.type || !hasType) && (traits.unit || !hasUnit);
  });
  return onlyOf(names) ?? onlyOf(names.filter((name) => hasSuffixes(table[name], files)));
}

function hasSuffixes({ traits }: EngineEntry, files: readonly string[]): boolean {
  const suffixes = Object.keys(traits.suffixes);
  return files.every((file) => suffixes.some((suffix) => file.endsWith(suffix)));
}

function onlyOf<Name>(names: readonly Name[]): Name | null {
  return names.length === 1 ? (names[0] ?? null) : null;
}
