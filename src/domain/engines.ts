export type BackupType = 'FULL' | 'INCREMENTAL';

/** The variant of an engine's download link. */
export type LinkVariant = 'SqlServer' | 'MySql';

/** How a link lifetime is chosen. */
export type LifetimeRule = 'free' | 'setting';

/**
 * The rules of one engine. `lifetime: 'setting'` follows MYSQL_LINK_EXPIRY, since published
 * versions of the upstream API disagree on it.
 */
export type EngineRules =
  | {
      readonly links: LinkVariant;
      /** Whether files are downloaded separately (`required`) or only as a whole (`refused`). */
      readonly fileName: 'required' | 'refused';
      readonly lifetime: LifetimeRule;
    }
  | { readonly links: null };

/** Properties reported only for backups of this engine. */
export interface EngineTraits {
  readonly type: boolean;
  readonly unit: boolean;
  /** Extensions of separately downloaded files and the backup type of each. */
  readonly suffixes: Readonly<Record<string, BackupType>>;
}

export interface EngineEntry {
  /** Display name. */
  readonly label: string;
  /** Name in the upstream API. */
  readonly upstreamName: string;
  /** Description in the schema. */
  readonly description: string;
  readonly rules: EngineRules;
  readonly traits: EngineTraits;
}

const FILE_BY_FILE = { links: 'SqlServer', fileName: 'required', lifetime: 'free' } as const;
const WHOLE_SET = { links: 'MySql', fileName: 'refused', lifetime: 'setting' } as const;
const NO_TRAITS = { type: false, unit: false, suffixes: {} } as const;

/** All engines by schema name, in schema order. */
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

/** A database engine by its schema name. */
export type Engine = keyof typeof TABLE;

export const ENGINES: Readonly<Record<Engine, EngineEntry>> = TABLE;

/** All engines in schema order. */
export const ENGINE_NAMES = Object.keys(ENGINES) as readonly Engine[];

/** Longer texts are not engine names and are not normalized. */
const MAX_NAME_LENGTH = 64;

const BY_NAME: ReadonlyMap<string, Engine> = new Map(
  ENGINE_NAMES.map((engine) => [ENGINES[engine].upstreamName, engine]),
);
const BY_LETTERS: ReadonlyMap<string, Engine> = new Map(
  ENGINE_NAMES.map((engine) => [lettersOf(ENGINES[engine].upstreamName), engine]),
);

/**
 * The engine for an upstream name, or null if unknown. Case, spaces, hyphens and underscores are
 * ignored: `SQL Server`, `sqlserver` and `SQL_SERVER` are equivalent.
 */
export function engineFromUpstream(name: string): Engine | null {
  const exact = BY_NAME.get(name);
  if (exact !== undefined) return exact;
  return name.length > MAX_NAME_LENGTH ? null : (BY_LETTERS.get(lettersOf(name)) ?? null);
}

/** The upstream spelling of an engine name; unknown names are returned unchanged. */
export function upstreamEngineName(name: string): string {
  const engine = engineFromUpstream(name);
  return engine === null ? name : ENGINES[engine].upstreamName;
}

function lettersOf(name: string): string {
  return name.replace(/[\s\p{Pd}_]+/gu, '').toLowerCase();
}

/**
 * Whether files of this engine's backups are downloaded separately, so that a backup can have
 * several. Otherwise a backup is a single file.
 */
export function isFileByFile(engine: Engine): boolean {
  return downloadsFiles(ENGINES[engine]);
}

function downloadsFiles({ rules }: EngineEntry): boolean {
  return rules.links !== null && rules.fileName === 'required';
}

/** Backup properties that reveal its engine. */
export interface ShownTraits {
  readonly files: readonly string[];
  readonly type: unknown;
  readonly unit: unknown;
}

/**
 * Infers the engine of a backup of a deleted instance from properties specific to one engine:
 * files, type or unit. If several engines match, the file extensions decide. Null if undetermined.
 * @param table engines by name
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
