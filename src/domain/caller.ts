import { isIdPart, type InstanceKey } from './ids.js';

/** What a caller may be allowed: seeing backups, and having links to their files. */
export type Right = 'backups:read' | 'backups:download';

/** Who sent a request, and what it may do. */
export interface Caller {
  /** The subject of the token; `anonymous` where there is none. */
  readonly id: string;
  /** False for a request that says nothing about its sender where it should. */
  readonly isKnown: boolean;
  readonly rights: ReadonlySet<Right>;
  /** Region codes; null is all of them. */
  readonly regions: ReadonlySet<string> | null;
  /** `<instanceId>` or `<regionId>/<instanceId>`; null is all of them. */
  readonly instances: ReadonlySet<string> | null;
}

/** Everybody, where callers are not told apart: all rights. */
export const EVERYBODY: Caller = {
  id: 'anonymous',
  isKnown: true,
  rights: new Set<Right>(['backups:read', 'backups:download']),
  regions: null,
  instances: null,
};

/** A request without a token where one is needed: no rights at all. */
export const NOBODY: Caller = {
  id: 'anonymous',
  isKnown: false,
  rights: new Set<Right>(),
  regions: null,
  instances: null,
};

/** Whether the caller may see backups and instances, as far as `maySee` lets it. */
export function mayRead(caller: Caller): boolean {
  return caller.rights.has('backups:read');
}

/** Whether the caller may have links to the backups of an instance. */
export function mayDownload(caller: Caller, key: InstanceKey): boolean {
  return caller.rights.has('backups:download') && maySee(caller, key);
}

/** Whether an instance, and so its backups, is within the regions and instances of the caller. */
export function maySee({ regions, instances }: Caller, key: InstanceKey): boolean {
  const { regionId, instanceId } = key;
  if (regions !== null && !regions.has(regionId)) return false;
  return (
    instances === null || instances.has(instanceId) || instances.has(`${regionId}/${instanceId}`)
  );
}

/** Whether there can be an instance in the region that the caller may see. */
export function maySeeRegion({ regions, instances }: Caller, regionId: string): boolean {
  if (regions !== null && !regions.has(regionId)) return false;
  if (instances === null) return true;
  return [...instances].some((name) => !name.includes('/') || name.startsWith(`${regionId}/`));
}

/** The regions a caller is narrowed to by name, by itself or with an instance; sorted. */
export function namedRegions({ regions, instances }: Caller): string[] {
  const ofInstances = [...(instances ?? [])].map((name) => name.split('/'));
  const named = ofInstances.flatMap(([region = '', ...rest]) => (rest.length > 0 ? [region] : []));
  return [...new Set([...(regions ?? []), ...named])].filter(isIdPart).sort();
}

/** Whether nothing is outside what the caller may see. */
export function seesAll({ regions, instances }: Caller): boolean {
  return regions === null && instances === null;
}
