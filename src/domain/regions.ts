/** A region of the cloud or of own backups. */
export interface Region {
  readonly id: string;
  /** Display name; null if unknown. */
  readonly name: string | null;
}

/** The regions of the cloud, by code. Its API has no operation that lists them. */
export const CLOUD_REGION_NAMES = {
  'cn-north-1': 'Beijing',
  'cn-east-1': 'Suqian',
  'cn-east-2': 'Shanghai',
  'cn-south-1': 'Guangzhou',
} as const;

/** The region that signs calls without a region, as in the cloud's own clients. */
export const HOME_REGION = 'cn-north-1';

/** Adds the display name if the cloud has this region. */
export function toRegion(id: string): Region {
  return { id, name: nameOf(id) };
}

function nameOf(id: string): string | null {
  const names: Readonly<Record<string, string>> = CLOUD_REGION_NAMES;
  return Object.hasOwn(names, id) ? (names[id] ?? null) : null;
}
