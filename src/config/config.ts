import type { AuthConfig } from './auth-settings.js';
import type { EmbeddedConfig } from './embedded-settings.js';
import type { general, http, queryLimits } from './server-settings.js';
import type { ConfigOf } from './table.js';
import type { TracingConfig } from './tracing.js';
import type { CloudConfig, RedisConfig, upstream } from './upstream-settings.js';

export type { AuthConfig, TokenRules } from './auth-settings.js';
export type {
  BucketStoreConfig,
  EmbeddedConfig,
  FolderStoreConfig,
  LinkSecrets,
} from './embedded-settings.js';
export type { CloudConfig, Credentials, ProxyConfig, RedisConfig } from './upstream-settings.js';

export type HttpConfig = ConfigOf<typeof http>;
export type QueryLimits = ConfigOf<typeof queryLimits>;

export interface UpstreamConfig extends ConfigOf<typeof upstream> {
  readonly source: EmbeddedConfig | CloudConfig;
  readonly listReuseMs: number;
}

export type AuditConfig = ConfigOf<typeof general>['audit'];

/** The settings as plain values. */
export interface Config extends ConfigOf<typeof general> {
  /** Warnings about ignored or ineffective settings, by name; for the log. */
  readonly warnings: readonly string[];
  readonly http: HttpConfig;
  readonly auth: AuthConfig;
  readonly upstream: UpstreamConfig;
  readonly redis?: RedisConfig;
  readonly queryLimits: QueryLimits;
  /** Whether callers can explore the schema: introspection, suggestions, the query editor. */
  readonly introspection: boolean;
  /** Absent if tracing is off. */
  readonly tracing?: TracingConfig;
}
