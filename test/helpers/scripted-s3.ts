import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listening } from './closing.js';
import { text } from 'node:stream/consumers';
import type { BucketStoreConfig } from '../../src/config/config.js';
import { Secret } from '../../src/config/secret.js';

/** A request of the S3 API, as far as tests distinguish them. */
export interface StoreCall {
  readonly operation: 'list' | 'head' | 'get' | 'put' | 'other';
  readonly method: string;
  /** Decoded; empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface ScriptedObject {
  readonly body: string;
  /** As in the listing. */
  readonly modifiedAt?: string;
  /** Headers of HEAD and GET, such as x-amz-storage-class. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StoreReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Cuts the connection in place of an answer. */
  readonly cut?: boolean;
}

/** Handles a call instead of the store; undefined leaves it to the store. */
export type Intercept = (call: StoreCall) => StoreReply | undefined | Promise<StoreReply>;

/** An in-memory store with the necessary part of S3 that misbehaves on demand. */
export interface ScriptedStore {
  readonly endpoint: string;
  readonly objects: Map<string, ScriptedObject>;
  readonly calls: StoreCall[];
  count(operation: StoreCall['operation']): number;
  intercept(handler: Intercept | undefined): void;
  /** Milliseconds by which the clock of the store is ahead of this host's. */
  setClock(offsetMs: number): void;
  config(changes?: Partial<BucketStoreConfig>): BucketStoreConfig;
  /** Settings of a product over this store. */
  settings(prefix?: string): Record<string, string>;
  close(): Promise<void>;
}

export const BUCKET = 'backups';
const FIFTEEN_MINUTES = 15 * 60 * 1000;

export async function startScriptedStore(
  objects: Readonly<Record<string, string>> = {},
): Promise<ScriptedStore> {
  const held = new Map<string, ScriptedObject>(
    Object.entries(objects).map(([key, body]) => [key, { body }]),
  );
  const calls: StoreCall[] = [];
  let intercept: Intercept | undefined;
  let offset = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = toCall(request, await text(request));
    calls.push(call);
    const reply = (await intercept?.(call)) ?? replyTo(call);
    if (reply.cut === true) {
      response.destroy();
      return;
    }
    response.writeHead(reply.status ?? 200, {
      Date: new Date(Date.now() + offset).toUTCString(),
      'x-amz-request-id': 'scripted',
      ...reply.headers,
    });
    response.end(call.method === 'HEAD' ? undefined : reply.body);
  }

  function replyTo(call: StoreCall): StoreReply {
    const age = ageOf(call, Date.now() + offset);
    if (Math.abs(age) > FIFTEEN_MINUTES) return refusal(403, 'RequestTimeTooSkewed');
    if (call.operation === 'list') {
      const prefix = call.query.get('prefix') ?? '';
      return listing([...held.keys()].filter((key) => key.startsWith(prefix)).sort(), held);
    }
    if (call.operation === 'put') {
      const fault = checksumFault(call.headers, call.body);
      if (fault) return refusal(400, fault);
      held.set(call.key, { body: call.body });
      return {};
    }
    const object = held.get(call.key);
    if (!object) return refusal(404, 'NoSuchKey');
    return { headers: { ...factsOf(object), ...object.headers }, body: object.body };
  }

  const server = createServer((request, response) => void answer(request, response));
  const { origin: endpoint, close } = await listening(server);
  return {
    endpoint,
    objects: held,
    calls,
    count: (operation) => calls.filter((call) => call.operation === operation).length,
    intercept: (handler) => {
      intercept = handler;
    },
    setClock: (ms) => {
      offset = ms;
    },
    config: (changes = {}) => ({
      kind: 'bucket',
      bucket: BUCKET,
      prefix: 'own/',
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKSCRIPTED', secretAccessKey: new Secret('scripted-secret') },
      addressing: 'auto',
      refreshMs: 3_600_000,
      maxAgeMs: 60_000,
      ...changes,
    }),
    settings: (prefix = 'own') => ({
      EMBEDDED_BUCKET: `s3://${BUCKET}/${prefix}`,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKSCRIPTED',
      AWS_SECRET_ACCESS_KEY: 'scripted-secret',
    }),
    close,
  };
}

function toCall({ method = '', url = '', headers }: IncomingMessage, body: string): StoreCall {
  const { pathname, searchParams: query } = new URL(url, 'http://store');
  const key = decodeURIComponent(pathname.slice(`/${BUCKET}`.length).replace(/^\//, ''));
  return { operation: operationOf(method, key), method, key, query, headers, body };
}

function operationOf(method: string, key: string): StoreCall['operation'] {
  if (key === '') return method === 'GET' ? 'list' : 'other';
  return OPERATIONS.get(method) ?? 'other';
}

const OPERATIONS: ReadonlyMap<string, StoreCall['operation']> = new Map([
  ['GET', 'get'],
  ['HEAD', 'head'],
  ['PUT', 'put'],
]);

/** Milliseconds since the request was signed. */
function ageOf({ headers }: StoreCall, now: number): number {
  const signed = String(headers['x-amz-date'] ?? '');
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(signed) ?? [];
  if (parts.length === 0) return 0;
  const [year, month, day, hour, minute, second] = parts;
  return now - Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function factsOf({ body }: ScriptedObject): Record<string, string> {
  return {
    ETag: etagOf(body),
    'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
    'Content-Length': String(Buffer.byteLength(body)),
  };
}

function etagOf(body: string): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

/**
 * The error of a bucket with a default Object Lock for a PUT without a checksum, or of any for a wrong one (Amazon S3,
 * PutObject, Content-MD5).
 */
export function checksumFault(
  headers: IncomingMessage['headers'],
  body: string | Buffer,
): 'InvalidRequest' | 'BadDigest' | null {
  const md5 = headers['content-md5'];
  if (md5 === undefined) return 'InvalidRequest';
  return md5 === createHash('md5').update(body).digest('base64') ? null : 'BadDigest';
}

/** An error of the S3 API. */
export function refusal(status: number, code: string): StoreReply {
  return { status, body: `<Error><Code>${code}</Code><Message>no</Message></Error>` };
}

export interface ListingMarks {
  readonly isTruncated?: boolean;
  readonly token?: string;
}

/** One page of a listing. */
export function listing(
  keys: readonly string[],
  objects: ReadonlyMap<string, ScriptedObject> = new Map(),
  { isTruncated = false, token }: ListingMarks = {},
): StoreReply {
  const contents = keys.map((key) => {
    const { body = '', modifiedAt = '2026-01-01T00:00:00.000Z' } = objects.get(key) ?? {};
    return (
      `<Contents><Key>${encodeURIComponent(key)}</Key><Size>${Buffer.byteLength(body)}</Size>` +
      `<ETag>${etagOf(body).replaceAll('"', '&quot;')}</ETag>` +
      `<LastModified>${modifiedAt}</LastModified></Contents>`
    );
  });
  const next = token === undefined ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`;
  return {
    body:
      '<?xml version="1.0"?><ListBucketResult><EncodingType>url</EncodingType>' +
      `<IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
  };
}
