import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type * as undici from 'undici';
import { CONNECT_MS, MAX_SOCKETS, SILENCE_MS } from './sdk-client.js';
import type { StoreClock } from './store-clock.js';

/**
 * GETs of small objects, signed by the SDK but sent without its middleware, which takes ten times the processor
 * time of such a request.
 */
export interface QuickGets {
  /**
   * Null if the object has more than `maxBytes`. Undefined without an object in reply: the SDK retries, and
   * reports why.
   */
  get(key: string, maxBytes: number): Promise<GotObject | null | undefined>;
  close(): void;
}

export interface GotObject {
  readonly text: string;
  readonly etag: string;
}

export interface QuickGetsOptions {
  readonly sdk: S3Client;
  readonly bucket: string;
  readonly clock: StoreClock;
}

/** SHA-256 of no bytes: the body of a GET. */
const NO_CONTENT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
/** A store that refuses the first requests wants a signature only the SDK makes: it is left to the SDK. */
const MAX_REFUSALS = 3;

export function createQuickGets(options: QuickGetsOptions): QuickGets {
  const { sdk, clock } = options;
  let connecting: Promise<Connection> | undefined;
  let refusals = 0;
  let hasWorked = false;

  async function request(key: string): Promise<undici.Dispatcher.ResponseData> {
    connecting ??= connect(options).catch((error: unknown) => {
      connecting = undefined;
      throw error;
    });
    const { pool, base } = await connecting;
    const path = `${base.pathname}${encodeKey(key)}`;
    const signer = await sdk.config.signer();
    const { headers } = await signer.sign(
      {
        method: 'GET',
        protocol: base.protocol,
        hostname: base.hostname,
        path,
        headers: { host: base.host, 'x-amz-content-sha256': NO_CONTENT },
      },
      { signingDate: clock.now() },
    );
    return pool.request({ method: 'GET', path, headers });
  }

  function judge(status: number): void {
    if (status === 200) hasWorked = true;
    else if ([400, 401, 403].includes(status)) refusals += 1;
  }

  return {
    async get(key, maxBytes) {
      if (!hasWorked && refusals >= MAX_REFUSALS) return undefined;
      try {
        const { statusCode: status, headers, body } = await request(key);
        judge(status);
        clock.learn({ status, headers: headers as Record<string, string> });
        const size = Number(headers['content-length']);
        if (status === 200 && size <= maxBytes) {
          return { text: await body.text(), etag: String(headers.etag ?? '') };
        }
        await body.dump();
        return status === 200 && size > maxBytes ? null : undefined;
      } catch {
        return undefined;
      }
    },
    close() {
      connecting?.then(({ pool }) => pool.destroy()).catch(() => undefined);
    },
  };
}

interface Connection {
  readonly pool: undici.Pool;
  /** What the URL of an object begins with. */
  readonly base: URL;
}

async function connect({ sdk, bucket }: QuickGetsOptions): Promise<Connection> {
  // The SDK knows the endpoints of regions, and whether the bucket is part of the host or of the path.
  const link = await getSignedUrl(sdk, new GetObjectCommand({ Bucket: bucket, Key: 'k' }));
  const base = new URL('.', link);
  // The whole package: the bundle of those without a bucket has only parts of it.
  const { Pool } = await import('undici');
  return {
    base,
    pool: new Pool(base.origin, {
      connections: MAX_SOCKETS,
      connect: { timeout: CONNECT_MS },
      headersTimeout: SILENCE_MS,
      bodyTimeout: SILENCE_MS,
    }),
  };
}

/** As the signature has it: RFC 3986, with slashes. */
function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
