import { isIdPart } from '../../domain/ids.js';
import type { BackupMode, BackupStatus, BackupType } from '../generated/operations.js';

/** Criteria of the list; an absent member does not filter. */
export interface Filter {
  readonly status?: BackupStatus;
  readonly type?: BackupType;
  readonly mode?: BackupMode;
  readonly databaseName?: string;
  /** Instants with an offset, for example `2026-01-31T12:00:00Z`. */
  readonly startedAfter?: string;
  readonly startedBefore?: string;
}

const STATUSES = [
  'COMPLETED',
  'ERROR',
  'BUILDING',
  'DELETING',
  'DELETE_ERROR',
  'RETAINED',
] as const satisfies readonly BackupStatus[];

export const PAGE_SIZES = [20, 50, 100] as const;
export type PageSize = (typeof PAGE_SIZES)[number];

/** What the page shows: all that a colleague needs to see the same, and no secrets. */
export interface View {
  readonly regionId: string;
  /** Null until one is chosen. */
  readonly instanceId: string | null;
  readonly filter: Filter;
  /** Cursor of the page; null on the first page. */
  readonly after: string | null;
  /** Number of backups before the page. */
  readonly start: number;
  readonly pageSize: PageSize;
  /** The backup whose files are shown. */
  readonly backupId: string | null;
}

export const FIRST_VIEW: View = {
  regionId: 'cn-north-1',
  instanceId: null,
  filter: {},
  after: null,
  start: 0,
  pageSize: 20,
  backupId: null,
};

/** Names of the criteria in a URL. */
const PARAMETERS: Readonly<Record<keyof Filter, string>> = {
  status: 'status',
  type: 'type',
  mode: 'mode',
  databaseName: 'database',
  startedAfter: 'from',
  startedBefore: 'to',
};

/** Formats a view as a URL fragment, including the `#`. */
export function formatView({ regionId, instanceId, filter, backupId, ...page }: View): string {
  const { after, start, pageSize } = page;
  const criteria = Object.entries(filter) as [keyof Filter, string][];
  const parts = {
    region: regionId,
    instance: instanceId,
    ...Object.fromEntries(criteria.map(([name, value]) => [PARAMETERS[name], value])),
    after,
    start: start === 0 ? null : String(start),
    // A cursor is the place on a page of this size.
    size: pageSize === FIRST_VIEW.pageSize && after === null ? null : String(pageSize),
    backup: backupId,
  };
  const given = Object.entries(parts).filter((part): part is [string, string] => part[1] !== null);
  return `#${new URLSearchParams(given).toString()}`;
}

/**
 * Parses a URL fragment; ignores invalid values.
 * @param pageSize if the fragment names none
 */
export function parseView(fragment: string, pageSize: PageSize = FIRST_VIEW.pageSize): View {
  const given = parametersOf(fragment);
  const id = (name: string): string | null => {
    const text = given.get(name);
    return text !== null && isIdPart(text) ? text : null;
  };
  return {
    regionId: id('region') ?? FIRST_VIEW.regionId,
    instanceId: id('instance'),
    filter: toFilter((name) => given.get(PARAMETERS[name])),
    after: given.get('after'),
    start: Number(/^\d{1,9}$/.exec(given.get('start') ?? '')?.[0] ?? 0),
    pageSize: PAGE_SIZES.find((size) => String(size) === given.get('size')) ?? pageSize,
    backupId: id('backup'),
  };
}

function parametersOf(fragment: string): URLSearchParams {
  return new URLSearchParams(fragment.replace(/^#/, ''));
}

/** Whether a URL fragment names a malformed region, instance or backup. */
export function isMisnamed(fragment: string): boolean {
  const given = parametersOf(fragment);
  const names = ['region', 'instance', 'backup'].map((name) => given.get(name));
  return names.some((text) => text && !isIdPart(text));
}

/** A filter by the given texts; ignores those that are empty or invalid. */
export function toFilter(textOf: (name: keyof Filter) => string | null): Filter {
  const status = oneOf(textOf('status'), STATUSES);
  const type = oneOf(textOf('type'), ['FULL', 'INCREMENTAL']);
  const mode = oneOf(textOf('mode'), ['AUTO', 'MANUAL']);
  const databaseName = textOf('databaseName');
  const startedAfter = moment(textOf('startedAfter'));
  const startedBefore = moment(textOf('startedBefore'));
  return {
    ...(status !== null && { status }),
    ...(type !== null && { type }),
    ...(mode !== null && { mode }),
    ...(databaseName && { databaseName }),
    ...(startedAfter !== null && { startedAfter }),
    ...(startedBefore !== null && { startedBefore }),
  };
}

function oneOf<Name extends string>(text: string | null, names: readonly Name[]): Name | null {
  return names.find((name) => name === text) ?? null;
}

function moment(text: string | null): string | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text)) return null;
  return Number.isNaN(Date.parse(text)) ? null : text;
}
