import { isIdPart, type InstanceKey } from './ids.js';

/** Permissions: to see backups, and to get links to their files. */
export type Right = 'backups:read' | 'backups:download';

/** The sender of a request and its permissions. */
export interface Caller {
  /** The subject of the token, or `anonymous`. */
  readonly id: string;
  /** False for a request without required authentication. */
  readonly isKnown: boolean;
  readonly rights: ReadonlySet<Right>;
  /** Allowed region codes; null allows all. */
  readonly regions: ReadonlySet<string> | null;
  /** When the token ends, in milliseconds since 1970; absent without a token. */
  readonly expiresAt?: number;
  /** Allowed instances as `<instanceId>` or `<regionId>/<instanceId>`; null allows all. */
  readonly instances: ReadonlySet<string> | null;
}

/** Any caller while authentication is off: full access. */
export const EVERYBODY: Caller = {
  id: 'anonymous',
  isKnown: true,
  rights: new Set<Right>(['backups:read', 'backups:download']),
  regions: null,
  instances: null,
};

/** A request without a required token: no permissions. */
export const NOBODY: Caller = {
  id: 'anonymous',
  isKnown: false,
  rights: new Set<Right>(),
  regions: null,
  instances: null,
};

/** Whether the caller can read backups and instances, subject to `maySee`. */
export function mayRead(caller: Caller): boolean {
  return caller.rights.has('backups:read');
}

/** Whether the caller can get links to the backups of an instance. */
export function mayDownload(caller: Caller, key: InstanceKey): boolean {
  return caller.rights.has('backups:download') && maySee(caller, key);
}

/** Whether an instance and its backups are within the caller's regions and instances. */
export function maySee({ regions, instances }: Caller, key: InstanceKey): boolean {
  const { regionId, instanceId } = key;
  if (regions !== null && !regions.has(regionId)) return false;
  return (
    instances === null || instances.has(instanceId) || instances.has(`${regionId}/${instanceId}`)
  );
}

/** Whether the region can contain an instance visible to the caller. */
export function maySeeRegion({ regions, instances }: Caller, regionId: string): boolean {
  if (regions !== null && !regions.has(regionId)) return false;
  if (instances === null) return true;
  return [...instances].some((name) => !name.includes('/') || name.startsWith(`${regionId}/`));
}

/** The regions named in a caller's restrictions, alone or with an instance; sorted. */
export function namedRegions({ regions, instances }: Caller): string[] {
  const ofInstances = [...(instances ?? [])].map((name) => name.split('/'));
  const named = ofInstances.flatMap(([region = '', ...rest]) => (rest.length > 0 ? [region] : []));
  return [...new Set([...(regions ?? []), ...named])].filter(isIdPart).sort();
}

/** Whether the caller's view is unrestricted. */
export function seesAll({ regions, instances }: Caller): boolean {
  return regions === null && instances === null;
}
