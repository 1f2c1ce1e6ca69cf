/** A database engine, by its name in the schema. */
export type Engine = 'SQL_SERVER' | 'MYSQL' | 'MARIADB' | 'PERCONA' | 'POSTGRESQL';

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

const FILE_BY_FILE = { links: 'SqlServer', fileName: 'required', lifetime: 'free' } as const;
const WHOLE_SET = { links: 'MySql', fileName: 'refused', lifetime: 'setting' } as const;

/** The one table of engines: label for people, name in the upstream API, rules of its links. */
export const ENGINES: Readonly<
  Record<
    Engine,
    { readonly label: string; readonly upstreamName: string; readonly rules: EngineRules }
  >
> = {
  SQL_SERVER: { label: 'SQL Server', upstreamName: 'SQL Server', rules: FILE_BY_FILE },
  MYSQL: { label: 'MySQL', upstreamName: 'MySQL', rules: WHOLE_SET },
  MARIADB: { label: 'MariaDB', upstreamName: 'MariaDB', rules: WHOLE_SET },
  PERCONA: { label: 'Percona', upstreamName: 'Percona', rules: WHOLE_SET },
  POSTGRESQL: { label: 'PostgreSQL', upstreamName: 'PostgreSQL', rules: { links: null } },
};

/** Every engine, in the order of the schema. */
export const ENGINE_NAMES = Object.keys(ENGINES) as readonly Engine[];

/** The engine the upstream calls `name`, or null for one it has gained since. */
export function engineFromUpstream(name: string): Engine | null {
  return ENGINE_NAMES.find((engine) => ENGINES[engine].upstreamName === name) ?? null;
}
