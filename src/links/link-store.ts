import type { IssuedLink } from '../domain/link.js';

/** Keeps links for a while. It never fails: without it links are issued anew. */
export interface LinkStore {
  /** For metrics. */
  readonly name: 'memory' | 'redis';
  get(key: string): Promise<IssuedLink | undefined>;
  /** The same at once, where nothing has to be asked for it. */
  peek?(key: string): IssuedLink | undefined;
  /** Keeps a link for `ms` milliseconds at most. */
  put(key: string, link: IssuedLink, ms: number): void;
}
