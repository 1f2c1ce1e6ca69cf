import { useSyncExternalStore } from 'react';

/** Choices that outlive a reload. They name no backup and no link. */
interface Preferences {
  readonly language?: unknown;
  readonly copyForm?: unknown;
  readonly pageSize?: unknown;
}

/** Other pages of this origin have their own. */
const KEY = 'backup-downloads';

const listeners = new Set<() => void>();
let preferences = load();

/** Browsers may refuse storage; then choices last as long as the page. */
function load(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof stored === 'object' && stored !== null ? stored : {};
  } catch {
    return {};
  }
}

/** Keeps a choice. */
export function prefer(change: Preferences): void {
  preferences = { ...preferences, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Kept in memory.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The stored choice, if it is one of those allowed. */
export function preferenceOf<Value>(
  name: keyof Preferences,
  allowed: readonly Value[],
): Value | null {
  return allowed.find((value) => value === preferences[name]) ?? null;
}

/** A choice that is kept, and how to change it; null until the first change. */
export function usePreference<Value>(
  name: keyof Preferences,
  allowed: readonly Value[],
): readonly [chosen: Value | null, choose: (value: Value) => void] {
  const chosen = useSyncExternalStore(subscribe, () => preferenceOf(name, allowed));
  return [
    chosen,
    (value) => {
      prefer({ [name]: value });
    },
  ];
}
