import { maxHeaderSize } from 'node:http';
import { z } from 'zod';
import { table } from './table.js';
import {
  audit,
  flag,
  listenAddress,
  logLevel,
  oneOf,
  pageOrigins,
  partOfLife,
  readers,
  wholeNumber,
} from './values.js';

export const general = table({
  host: ['HOST', listenAddress.default('127.0.0.1')],
  port: ['PORT', wholeNumber(0, 65_535).default(4000)],
  /** The number of trusted proxies in front of the server. */
  trustedProxies: ['TRUSTED_PROXIES', wholeNumber(0, 32).default(0)],
  /** Allowed CORS origins, as sent by browsers. */
  corsOrigins: ['CORS_ORIGINS', pageOrigins.default([])],
  /** Who can read the metrics: `loopback`, `private`, `all`, addresses or networks. */
  metricsReaders: ['METRICS_ALLOW', readers.default(['loopback'])],
  mySqlLinkExpiry: ['MYSQL_LINK_EXPIRY', oneOf('fixed', 'settable').default('fixed')],
  /** Whether to return links over the public network; internal ones are always returned. */
  publicLinks: ['PUBLIC_LINKS', flag.default(true)],
  /** The fraction of a link's lifetime during which it is reused for its caller; 0 disables reuse. */
  linkReuse: ['LINK_REUSE', partOfLife.default(0.1)],
  /** Path of the allow list; if present, only its operations run. */
  persistedDocuments: ['PERSISTED_OPERATIONS', z.string().optional()],
  audit: ['AUDIT_LOG', audit.default({ log: { kind: 'stdout' } })],
  logLevel: ['LOG_LEVEL', logLevel.default('info')],
});

/** Limits for connections and requests, and timeouts in milliseconds. */
export const http = table({
  /** How long idle connections are kept; must exceed the load balancer's idle timeout. */
  keepAliveMs: ['KEEP_ALIVE_TIMEOUT_MS', wholeNumber(1, 3_600_000).default(65_000)],
  /** Time limit for receiving a complete request. */
  requestTimeoutMs: ['REQUEST_TIMEOUT_MS', wholeNumber(1, 600_000).default(30_000)],
  /** A client that reads nothing for this long is disconnected. */
  stallMs: ['STALL_TIMEOUT_MS', wholeNumber(1, 3_600_000).default(30_000)],
  /** Bytes; by default Node's, so that --max-http-header-size in NODE_OPTIONS still works. */
  maxHeaderBytes: ['MAX_HEADER_BYTES', wholeNumber(4096, 1_048_576).default(maxHeaderSize)],
  maxConnections: ['MAX_CONNECTIONS', wholeNumber(10, 100_000).default(2000)],
  /** Concurrent GraphQL requests. */
  maxConcurrentRequests: ['MAX_CONCURRENT_REQUESTS', wholeNumber(1, 100_000).default(1000)],
  /** Delay between failing readiness and closing the listener. */
  drainDelayMs: ['DRAIN_DELAY_MS', wholeNumber(0, 600_000).default(0)],
  /** Time limit for requests in flight after that. */
  shutdownGraceMs: ['SHUTDOWN_GRACE_MS', wholeNumber(0, 600_000).default(10_000)],
});

/** Limits of one query, checked before any upstream call. */
export const queryLimits = table({
  /** Bytes of the HTTP body. */
  bodyBytes: ['MAX_BODY_BYTES', wholeNumber(1024, 16_777_216).default(524_288)],
  /** Characters of the document. */
  characters: ['MAX_QUERY_LENGTH', wholeNumber(1, 16_777_216).default(65_536)],
  /** Lexical tokens of the document. */
  tokens: ['MAX_QUERY_TOKENS', wholeNumber(1, 100_000).default(2000)],
  /** Fields and fragments selected, counted wherever a fragment is spread. */
  selections: ['MAX_QUERY_SELECTIONS', wholeNumber(1, 100_000).default(1000)],
  /** Levels of fields. */
  depth: ['MAX_QUERY_DEPTH', wholeNumber(1, 100).default(15)],
  /** Fields with an alias, counted wherever a fragment is spread. */
  aliases: ['MAX_QUERY_ALIASES', wholeNumber(0, 10_000).default(45)],
  /** Points of the cost rule. */
  cost: ['MAX_QUERY_COST', wholeNumber(1, 1_000_000_000).default(5000)],
  /** Representations of all `_entities` fields together. */
  entities: ['MAX_ENTITIES', wholeNumber(1, 10_000).default(500)],
  /** Distinct links. */
  links: ['MAX_LINKS_PER_OPERATION', wholeNumber(1, 10_000).default(100)],
  /** Bytes of the answer as JSON. */
  responseBytes: ['MAX_RESPONSE_BYTES', wholeNumber(1024, 268_435_456).default(10_485_760)],
  /** Actual upstream calls of one operation, regardless of its estimated cost. */
  upstreamCalls: ['MAX_UPSTREAM_CALLS_PER_OPERATION', wholeNumber(1, 100_000).default(300)],
});
