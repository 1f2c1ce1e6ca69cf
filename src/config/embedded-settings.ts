import { hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Secret } from './secret.js';
import { type ConfigOf, given, table, type Use } from './table.js';
import type { Credentials, RedisConfig } from './upstream-settings.js';
import {
  accessKeyId,
  awsRegion,
  baseUrl,
  bucketAddress,
  generated,
  instant,
  oneOf,
  origin,
  ownSecret,
  seconds,
  secret,
  storeKeyId,
  wholeNumber,
} from './values.js';

const plain = table({
  /** 0 selects a free port. */
  port: ['EMBEDDED_PORT', wholeNumber(0, 65_535).default(4001)],
  maxDownloads: ['MAX_DOWNLOADS', wholeNumber(1, 100_000).default(512)],
  /** Milliseconds between two full checks of the folder. */
  fullCheckMs: ['EMBEDDED_DIR_CHECK_S', seconds(1, 86_400).default(300_000)],
  /** Base URLs of links; default to the listen address. */
  publicUrl: ['EMBEDDED_PUBLIC_URL', baseUrl.optional()],
  internalUrl: ['EMBEDDED_INTERNAL_URL', baseUrl.optional()],
});

const ofBucket: Use = { requires: 'EMBEDDED_BUCKET' };

const bucket = table({
  /** Whether URLs name the bucket in the path or in the host. */
  addressing: [
    'EMBEDDED_BUCKET_ADDRESSING',
    oneOf('auto', 'path', 'virtual').default('auto').meta(ofBucket),
  ],
  /** Milliseconds from the end of one listing to the next. */
  refreshMs: ['EMBEDDED_BUCKET_REFRESH_S', seconds(1, 3600).default(30_000).meta(ofBucket)],
  /** Milliseconds the last complete listing stays in use while the store is unavailable. */
  maxAgeMs: ['EMBEDDED_BUCKET_MAX_AGE_S', seconds(1, 604_800).default(3_600_000).meta(ofBucket)],
});

/** Other programs use these variables too. */
const ofSdk: Use = { ignoredWithout: 'EMBEDDED_BUCKET' };
/** As in the SDK, a profile has precedence over keys. */
const ofKeys: Use = { ...ofSdk, ignoredWith: 'AWS_PROFILE' };

/** Variables of the AWS SDK; its provider chain supplies absent ones. */
const store = table({
  s3Endpoint: ['AWS_ENDPOINT_URL_S3', origin.optional().meta(ofSdk)],
  anyEndpoint: ['AWS_ENDPOINT_URL', origin.optional().meta(ofSdk)],
  givenRegion: ['AWS_REGION', awsRegion.optional().meta(ofSdk)],
  defaultRegion: ['AWS_DEFAULT_REGION', awsRegion.optional().meta(ofSdk)],
  profile: ['AWS_PROFILE', z.string().optional().meta(ofSdk)],
});

const storeKeys = table({
  accessKeyId: [
    'AWS_ACCESS_KEY_ID',
    storeKeyId.optional().meta({ ...ofKeys, requiredWith: 'AWS_SECRET_ACCESS_KEY' }),
  ],
  secretAccessKey: [
    'AWS_SECRET_ACCESS_KEY',
    secret.optional().meta({ ...ofKeys, requiredWith: 'AWS_ACCESS_KEY_ID' }),
  ],
  securityToken: ['AWS_SESSION_TOKEN', secret.optional().meta(ofKeys)],
  expiresAt: ['AWS_CREDENTIAL_EXPIRATION', instant.optional().meta(ofKeys)],
});

const own = table({
  dir: ['EMBEDDED_DIR', z.string().optional()],
  address: ['EMBEDDED_BUCKET', bucketAddress.optional().meta({ requires: 'UPSTREAM=embedded' })],
  accessKeyId: [
    'EMBEDDED_ACCESS_KEY_ID',
    accessKeyId.default(() => `EMBEDDED${randomBytes(6).toString('hex')}`),
  ],
  secretAccessKey: ['EMBEDDED_SECRET_ACCESS_KEY', ownSecret.default(generated(32))],
  linkSecret: ['EMBEDDED_LINK_SECRET', ownSecret.optional()],
});

export const embeddedShape = {
  ...plain.shape,
  ...bucket.shape,
  ...store.shape,
  ...storeKeys.shape,
  ...own.shape,
};

type Settings = Readonly<Record<string, unknown>>;

/** The first signs links, all verify them. */
export type LinkSecrets = readonly [Secret, ...Secret[]];

export interface EmbeddedConfig extends ConfigOf<typeof plain> {
  readonly kind: 'embedded';
  readonly store: FolderStoreConfig | BucketStoreConfig;
  readonly credentials: Credentials;
  readonly linkSecrets: LinkSecrets;
}

/** Own backups in a folder of this machine. */
export interface FolderStoreConfig {
  readonly kind: 'folder';
  readonly dir: string;
  /** Whether nobody chose the folder: only then is a missing one created, with sample data. */
  readonly isDefault: boolean;
}

/** Own backups in an object storage bucket. The SDK's provider chain supplies absent members. */
export interface BucketStoreConfig extends ConfigOf<typeof bucket> {
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
}

export function toEmbedded(settings: Settings, redis?: RedisConfig): EmbeddedConfig {
  const { dir, address, linkSecret, ...credentials } = own.read(settings);
  return {
    kind: 'embedded',
    ...plain.read(settings),
    store: address
      ? { kind: 'bucket', ...address, ...bucket.read(settings), ...toStore(settings) }
      : { kind: 'folder', dir: dir ?? './data', isDefault: dir === undefined },
    credentials,
    linkSecrets: linkSecret ? [linkSecret] : toLinkSecrets(redis),
  };
}

/**
 * Replicas share CACHE_KEY, so secrets derived from it (RFC 5869) let each verify the links of the
 * others. Without Redis, a secret generated at each start ends the links of the process before.
 */
function toLinkSecrets(redis: RedisConfig | undefined): LinkSecrets {
  if (!redis) return [generated(32)()];
  const [first, ...others] = redis.cacheKeys;
  return [derivedLinkSecret(first), ...others.map(derivedLinkSecret)];
}

function derivedLinkSecret(key: Secret): Secret {
  const bytes = hkdfSync('sha256', Buffer.from(key.reveal(), 'base64'), '', 'download links', 32);
  return new Secret(Buffer.from(bytes).toString('hex'));
}

function toStore(settings: Settings) {
  const { s3Endpoint, anyEndpoint, givenRegion, defaultRegion, profile } = store.read(settings);
  const { accessKeyId: id, secretAccessKey, ...session } = storeKeys.read(settings);
  const hasKeys = id !== undefined && secretAccessKey !== undefined;
  return given({
    endpoint: s3Endpoint ?? anyEndpoint,
    region: givenRegion ?? defaultRegion,
    profile,
    credentials: hasKeys ? { accessKeyId: id, secretAccessKey, ...session } : undefined,
  });
}
