import type { Secret } from './secret.js';
import type { TracingConfig } from './tracing.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly securityToken?: Secret;
  /** When temporary credentials expire, if configured. */
  readonly expiresAt?: Date;
}

export type LinkSecrets = readonly [Secret, ...Secret[]];

export interface EmbeddedConfig {
  readonly kind: 'embedded';
  readonly store: FolderStoreConfig | BucketStoreConfig;
  /** 0 selects a free port. */
  readonly port: number;
  readonly credentials: Credentials;
  /** The first signs links, all verify them. */
  readonly linkSecrets: LinkSecrets;
  /** Maximum concurrent downloads. */
  readonly maxDownloads?: number;
  /** Milliseconds between two full checks of the folder. */
  readonly fullCheckMs?: number;
  /** Base URLs of links; default to the listen address. */
  readonly publicUrl?: string;
  readonly internalUrl?: string;
}

/** Own backups in a folder of this machine. */
export interface FolderStoreConfig {
  readonly kind: 'folder';
  readonly dir: string;
  /** Whether nobody chose the folder: only then is a missing one created, with sample data. */
  readonly isDefault: boolean;
}

/** Own backups in an object storage bucket. The SDK's provider chain supplies absent members. */
export interface BucketStoreConfig {
  readonly kind: 'bucket';
  readonly bucket: string;
  /** Prefix of all keys of the layout: empty, or with a trailing slash. */
  readonly prefix: string;
  /** Scheme, host and port of the store. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: Credentials;
  /** AWS_PROFILE, which the SDK reads by itself. */
  readonly profile?: string;
  /** Whether URLs name the bucket in the path or in the host. */
  readonly addressing: 'auto' | 'path' | 'virtual';
  /** Milliseconds from the end of one listing to the next. */
  readonly refreshMs: number;
  /** Milliseconds the last complete listing stays in use while the store is unavailable. */
  readonly maxAgeMs: number;
}

export interface CloudConfig {
  readonly kind: 'jdcloud';
  /** Origin: scheme, host, port. */
  readonly endpoint: string;
  readonly credentials: Credentials;
  /** Absent: no proxy is set. */
  readonly proxy?: ProxyConfig;
}

/** Proxies by the scheme of the called URL. Their URLs can contain a password. */
export interface ProxyConfig {
  readonly http?: Secret;
  readonly https?: Secret;
  /** Hosts called without a proxy, in the format of NO_PROXY. */
  readonly no?: string;
}

export interface UpstreamConfig {
  readonly source: EmbeddedConfig | CloudConfig;
  readonly downloadUrlPath: 'auto' | 'resource' | 'action';
  /** UTC offset of upstream times without a time zone, for example `+08:00`. */
  readonly timeZone: string;
  /** Deadline of one operation across all attempts, waits and queueing. */
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly maxRetries: number;
  readonly maxConcurrency: number;
  readonly maxPerMinute: number;
  /** Milliseconds for which a list serves other requests; 0 for none. */
  readonly listReuseMs: number;
}

/** How callers are authenticated. */
export type AuthConfig =
  | {
      readonly kind: 'none';
      /** Whether clients on other machines are served too. */
      readonly allowAnonymous: boolean;
    }
  | {
      readonly kind: 'jwt';
      /** Keys that verify token signatures. */
      readonly keys:
        | {
            readonly kind: 'jwks';
            readonly url: string;
            /** Milliseconds to keep using cached keys while fetching fails. */
            readonly maxAgeMs: number;
            /** Absent: no proxy is set. */
            readonly proxy?: ProxyConfig;
          }
        | { readonly kind: 'secret'; readonly secret: Secret };
      readonly tokens: TokenRules;
    };

/** Requirements for tokens, and the claims that hold the caller's identity and permissions. */
export interface TokenRules {
  /** Accepted values of `iss`. */
  readonly issuers: readonly string[];
  /** Accepted values of `aud`. */
  readonly audiences: readonly string[];
  /** Claim with the audience of a token without `aud`; if absent, such a token is rejected. */
  readonly audienceClaim?: string;
  /** Claims that must have exactly this value. */
  readonly requiredClaims: readonly { readonly name: string; readonly value: string }[];
  /** Claim that names the caller. */
  readonly subjectClaim: string;
  /** Required `typ` header parameter; any or none if absent. */
  readonly typ?: string;
  /** Claims that hold permissions. */
  readonly rightsClaims: readonly string[];
  /** The issuer's names for each permission; any of them grants it. */
  readonly rightNames: {
    readonly read: readonly string[];
    readonly download: readonly string[];
  };
  /** Seconds the issuer's clock can differ from ours, in either direction. */
  readonly clockToleranceS: number;
}

export interface AuditConfig {
  /** Where audit records are written: standard output, or appended to a file. */
  readonly log: { readonly kind: 'stdout' } | { readonly kind: 'file'; readonly path: string };
}

/** Limits of one query, checked before any upstream call. */
export interface QueryLimits {
  /** Bytes of the HTTP body. */
  readonly bodyBytes: number;
  /** Characters of the document. */
  readonly characters: number;
  /** Lexical tokens of the document. */
  readonly tokens: number;
  /** Fields and fragments selected, counted wherever a fragment is spread. */
  readonly selections: number;
  /** Levels of fields. */
  readonly depth: number;
  /** Fields with an alias, counted wherever a fragment is spread. */
  readonly aliases: number;
  /** Points of the cost rule. */
  readonly cost: number;
  /** Representations of all `_entities` fields together. */
  readonly entities: number;
  /** Distinct links. */
  readonly links: number;
  /** Bytes of the answer as JSON. */
  readonly responseBytes: number;
  /** Actual upstream calls of one operation, regardless of its estimated cost. */
  readonly upstreamCalls: number;
}

/** What several processes share. */
export interface RedisConfig {
  /** Can contain a password. */
  readonly url: Secret;
  /** 32 bytes each, in base64: the first encrypts, all decrypt. */
  readonly cacheKeys: readonly [Secret, ...Secret[]];
}

/** Limits for connections and requests, and timeouts in milliseconds. */
export interface HttpConfig {
  /** How long idle connections are kept; must exceed the load balancer's idle timeout. */
  readonly keepAliveMs: number;
  /** Time limit for receiving a complete request. */
  readonly requestTimeoutMs: number;
  /** A client that reads nothing for this long is disconnected. */
  readonly stallMs: number;
  /** Maximum bytes of request headers. */
  readonly maxHeaderBytes: number;
  /** Maximum concurrent connections. */
  readonly maxConnections: number;
  /** Maximum concurrent GraphQL requests; less than maxConnections. */
  readonly maxConcurrentRequests: number;
  /** Delay between failing readiness and closing the listener. */
  readonly drainDelayMs: number;
  /** Time limit for requests in flight after that. */
  readonly shutdownGraceMs: number;
}

export interface Config {
  /** Warnings about ignored or ineffective settings, by name; for the log. */
  readonly warnings: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly http: HttpConfig;
  readonly auth: AuthConfig;
  readonly audit: AuditConfig;
  /** The number of trusted proxies in front of the server. */
  readonly trustedProxies: number;
  /** Allowed CORS origins, as sent by browsers. */
  readonly corsOrigins: readonly string[];
  /**
   * Who can read the metrics: `loopback`, `private`, `all`, addresses, or networks such as
   * 10.0.0.0/8.
   */
  readonly metricsReaders: readonly string[];
  readonly upstream: UpstreamConfig;
  readonly mySqlLinkExpiry: 'fixed' | 'settable';
  /**
   * Whether to return links over the public network; links over the internal network are always
   * returned.
   */
  readonly publicLinks: boolean;
  /**
   * The fraction of a link's lifetime during which it is reused for its caller; 0 disables reuse.
   */
  readonly linkReuse: number;
  /** Absent if nothing is shared. */
  readonly redis?: RedisConfig;
  readonly queryLimits: QueryLimits;
  /** Whether callers can explore the schema: introspection, suggestions, the query editor. */
  readonly introspection: boolean;
  /** Path of the allow list; if present, only its operations run. */
  readonly persistedDocuments?: string;
  /** Absent if tracing is off. */
  readonly tracing?: TracingConfig;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}
