/** A region as people see it. */
export interface Region {
  readonly id: string;
  /** Null for one without a known name. */
  readonly name: string | null;
}

/** The regions of the cloud, by code. Its API has no operation that lists them. */
export const CLOUD_REGION_NAMES = {
  'cn-north-1': 'Beijing',
  'cn-east-1': 'Suqian',
  'cn-east-2': 'Shanghai',
  'cn-south-1': 'Guangzhou',
} as const;

/** The region that signs what belongs to no region, as the clients of the cloud do. */
export const HOME_REGION = 'cn-north-1';

/** A region with its name if it is one of the cloud's. */
export function toRegion(id: string): Region {
  return { id, name: nameOf(id) };
}

function nameOf(id: string): string | null {
  const names: Readonly<Record<string, string>> = CLOUD_REGION_NAMES;
  return Object.hasOwn(names, id) ? (names[id] ?? null) : null;
}
