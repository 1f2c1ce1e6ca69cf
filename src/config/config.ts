import type { Secret } from './secret.js';
import type { TracingConfig } from './tracing.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly securityToken?: Secret;
  /** When temporary credentials die, where the owner told. */
  readonly expiresAt?: Date;
}

export interface EmbeddedConfig {
  readonly kind: 'embedded';
  readonly store: FolderStoreConfig | BucketStoreConfig;
  /** 0 takes a free port. */
  readonly port: number;
  readonly credentials: Credentials;
  readonly linkSecret: Secret;
  /** Downloads under way at a time. */
  readonly maxDownloads?: number;
  /** Milliseconds between two full checks of the folder. */
  readonly fullCheckMs?: number;
  /** Bases of the links; absent means the address the server really listens on. */
  readonly publicUrl?: string;
  readonly internalUrl?: string;
}

/** Own backups in a folder of this machine. */
export interface FolderStoreConfig {
  readonly kind: 'folder';
  readonly dir: string;
}

/** Own backups in a bucket of object storage. What is absent comes from the SDK's own chain. */
export interface BucketStoreConfig {
  readonly kind: 'bucket';
  readonly bucket: string;
  /** What the keys of the layout begin with: empty, or with a slash at its end. */
  readonly prefix: string;
  /** Scheme, host and port of the store. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: Credentials;
  /** Where the bucket stands in an address: in the path, or in the host. */
  readonly addressing: 'auto' | 'path' | 'virtual';
  /** Milliseconds from the end of one listing to the next. */
  readonly refreshMs: number;
  /** Milliseconds for which the last whole listing is answered from while the store is away. */
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

/** Proxies by the scheme of the address called. Their addresses may hold a password. */
export interface ProxyConfig {
  readonly http?: Secret;
  readonly https?: Secret;
  /** Hosts called directly, as NO_PROXY lists them. */
  readonly no?: string;
}

export interface UpstreamConfig {
  readonly source: EmbeddedConfig | CloudConfig;
  readonly downloadUrlPath: 'auto' | 'resource' | 'action';
  /** Offset of upstream times without a zone, as `+08:00`. */
  readonly timeZone: string;
  /** Deadline of one operation over all attempts, waits and the queue. */
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly maxRetries: number;
  readonly maxConcurrency: number;
  readonly maxPerMinute: number;
}

/** How requests are told to come from whom. */
export type AuthConfig =
  | {
      readonly kind: 'none';
      /** Whether clients on other machines are served too. */
      readonly allowAnonymous: boolean;
    }
  | {
      readonly kind: 'jwt';
      /** What the signatures of tokens are checked with. */
      readonly keys:
        | {
            readonly kind: 'jwks';
            readonly url: string;
            /** Milliseconds that fetched keys are used for while new ones cannot be fetched. */
            readonly maxAgeMs: number;
            /** Absent: no proxy is set. */
            readonly proxy?: ProxyConfig;
          }
        | { readonly kind: 'secret'; readonly secret: Secret };
      readonly tokens: TokenRules;
    };

/** What a token must say to be accepted, and where it says who its bearer is and what he may do. */
export interface TokenRules {
  /** One of these is `iss`. */
  readonly issuers: readonly string[];
  /** One of these is `aud`, or among its members. */
  readonly audiences: readonly string[];
  /** Claim that names the audience in a token without `aud`. Absent: such a token is refused. */
  readonly audienceClaim?: string;
  /** Claims that must be there with just this value. */
  readonly requiredClaims: readonly { readonly name: string; readonly value: string }[];
  /** Claim that names the caller. */
  readonly subjectClaim: string;
  /** The `typ` of the header. Absent: any, or none. */
  readonly typ?: string;
  /** Claims that hold rights. */
  readonly rightsClaims: readonly string[];
  /** How the issuer spells the rights; any of the words grants. */
  readonly rightNames: {
    readonly read: readonly string[];
    readonly download: readonly string[];
  };
  /** Seconds the clock of the issuer may differ from ours, either way. */
  readonly clockToleranceS: number;
}

export interface AuditConfig {
  /** Where records go: standard output, or a file they are appended to. */
  readonly log: { readonly kind: 'stdout' } | { readonly kind: 'file'; readonly path: string };
}

/** What one query may ask for. Each is checked before anything is asked of the upstream. */
export interface QueryLimits {
  /** Bytes of the HTTP body. */
  readonly bodyBytes: number;
  /** Characters of a document that a caller sends. */
  readonly characters: number;
  /** Lexical tokens of the document. */
  readonly tokens: number;
  /** Fields and fragments selected, counted wherever a fragment is spread. */
  readonly selections: number;
  /** Levels of fields. */
  readonly depth: number;
  /** Fields with an alias, counted wherever a fragment is spread. */
  readonly aliases: number;
  /** In the points of the cost rule. */
  readonly cost: number;
  /** Representations of all `_entities` fields together. */
  readonly entities: number;
  /** Distinct links. */
  readonly links: number;
  /** Bytes of the answer as JSON. */
  readonly responseBytes: number;
  /** Calls to the upstream that one operation may really make, whatever it was estimated at. */
  readonly upstreamCalls: number;
}

/** What several processes share. */
export interface RedisConfig {
  /** May hold a password. */
  readonly url: Secret;
  /** 32 bytes each, in base64: the first encrypts, all decrypt. */
  readonly cacheKeys: readonly [Secret, ...Secret[]];
}

/** Bounds of connections and requests, and times of these and of the stop, in milliseconds. */
export interface HttpConfig {
  /** How long an idle connection is kept; longer than the balancer in front keeps it. */
  readonly keepAliveMs: number;
  /** A request must have arrived whole by then. */
  readonly requestTimeoutMs: number;
  /** A client that takes nothing of its answer for this long is cut off. */
  readonly stallMs: number;
  /** Bytes of the head of a request. */
  readonly maxHeaderBytes: number;
  /** Connections open at the same time. */
  readonly maxConnections: number;
  /** GraphQL requests under way at the same time; fewer than connections. */
  readonly maxConcurrentRequests: number;
  /** From readiness being off to the end of accepting connections. */
  readonly drainDelayMs: number;
  /** What requests in flight then have to finish. */
  readonly shutdownGraceMs: number;
}

export interface Config {
  /** Settings that are not followed, or fall short of what they serve, by name, and what happens; for the log. */
  readonly warnings: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly http: HttpConfig;
  readonly auth: AuthConfig;
  readonly audit: AuditConfig;
  /** How many proxies in front of the server tell the truth about the address of their client. */
  readonly trustedProxies: number;
  /** Origins of pages elsewhere that may use GraphQL, as browsers write them. */
  readonly corsOrigins: readonly string[];
  /** Who may read the metrics: `loopback`, `private`, `all`, addresses, and networks as 10.0.0.0/8. */
  readonly metricsReaders: readonly string[];
  readonly upstream: UpstreamConfig;
  readonly mySqlLinkExpiry: 'fixed' | 'settable';
  /** Whether links over the public network are handed out; those over the internal one always are. */
  readonly publicLinks: boolean;
  /** The part of a link's life in which it is handed out again to its caller; 0 is never. */
  readonly linkReuse: number;
  /** Absent: this process shares nothing. */
  readonly redis?: RedisConfig;
  readonly queryLimits: QueryLimits;
  /** Whether callers may look the schema up: introspection, suggestions, the query editor. */
  readonly introspection: boolean;
  /** A file of operations; only these run. */
  readonly persistedDocuments?: string;
  /** Absent: nothing is traced. */
  readonly tracing?: TracingConfig;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}
