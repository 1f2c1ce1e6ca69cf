import { ApiError } from '../api/api-error.js';

/**
 * Why the store did not do what it was asked:
 * `missing`: there is no such object, upload or bucket;
 * `refused`: it does not let these credentials do it, which some stores say of a missing object too;
 * `changed`: the object is not the one that was expected;
 * `archived`: the object is in cold storage;
 * `unavailable`: it cannot be reached, is slow, or fails.
 */
export type StoreFault = 'missing' | 'refused' | 'changed' | 'archived' | 'unavailable';

/**
 * A failed request to the store. Errors of the SDK carry the whole request, signature and token included, so
 * they go no further than this: only words of the store's vocabulary are kept.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    readonly fault: StoreFault,
    /** The store's word for it, as `NoSuchBucket`, or a code of Node. */
    readonly code: string,
    /** HTTP status; absent where no answer came. */
    readonly status?: number,
    /** The region of the bucket, if the store says that requests for another one came. */
    readonly region?: string,
  ) {
    super(`${code}${status === undefined ? '' : ` (HTTP ${status})`}`);
  }
}

/** Whether a failure is one of the store with one of these faults. */
export function isStoreFault(error: unknown, ...faults: readonly StoreFault[]): boolean {
  return error instanceof StoreError && faults.includes(error.fault);
}

/** What an error of the SDK tells, without what it carries. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (typeof error !== 'object' || error === null) return new StoreError('unavailable', 'UNKNOWN');
  const { name, Code, code, Region, $metadata, $response } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  const word = [Code, code, name].find(isWord) ?? 'UNKNOWN';
  const region = [Region, $response?.headers?.['x-amz-bucket-region']].find(isRegion);
  return new StoreError(faultOf(word, status), word, status, region);
}

interface SdkError {
  readonly name?: unknown;
  readonly Code?: unknown;
  readonly code?: unknown;
  readonly Region?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, unknown>> };
}

/** A word, and no text that may hold a key or an address. */
function isWord(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Za-z][\w.]{0,63}$/.test(text);
}

function isRegion(text: unknown): text is string {
  return typeof text === 'string' && /^[a-z][a-z0-9-]{1,40}$/.test(text);
}

/** Words that say what the status alone does not. */
const FAULTS: ReadonlyMap<string, StoreFault> = new Map([
  ['InvalidObjectState', 'archived'],
  ['RequestTimeTooSkewed', 'unavailable'],
  ['SlowDown', 'unavailable'],
  ['RequestTimeout', 'unavailable'],
  ['ExpiredToken', 'refused'],
  ['TokenRefreshRequired', 'refused'],
  ['InvalidToken', 'refused'],
  ['InvalidAccessKeyId', 'refused'],
  ['CredentialsProviderError', 'refused'],
]);

function faultOf(code: string, status: number | undefined): StoreFault {
  const fault = FAULTS.get(code);
  if (fault !== undefined) return fault;
  if (status === 404) return 'missing';
  if (status === 401 || status === 403) return 'refused';
  return status === 409 || status === 412 ? 'changed' : 'unavailable';
}

/**
 * What the operator can do about a failed request, as sentences.
 * @param profile of AWS_PROFILE
 */
export function adviceOn(error: StoreError, profile?: string): string {
  if (error.region !== undefined) {
    return `The bucket is in the region ${error.region}: set AWS_REGION=${error.region}.`;
  }
  if (error.code === 'CREDENTIALS_TIMEOUT') {
    return `Looking up the credentials${ofProfile(profile)} takes too long: check its credential_process, or the role of this machine.`;
  }
  if (error.code === 'CredentialsProviderError') {
    return profile === undefined
      ? 'There are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.'
      : `There are no credentials${ofProfile(profile)}: check ~/.aws/config and ~/.aws/credentials.`;
  }
  switch (error.fault) {
    case 'refused':
      return `Check the credentials${ofProfile(profile, ', as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')}, and their rights below the prefix.`;
    case 'missing':
      return 'Check the name of the bucket in EMBEDDED_BUCKET.';
    case 'changed':
      return 'Another object has replaced it: find out who writes there.';
    case 'archived':
      return 'The object is in cold storage: restore it first.';
    case 'unavailable':
      return 'Check AWS_ENDPOINT_URL_S3, AWS_REGION and whether the store is reachable; if it is, try again.';
  }
}

function ofProfile(profile: string | undefined, otherwise = ''): string {
  return profile === undefined ? otherwise : ` of the profile ${profile} (AWS_PROFILE)`;
}

/** The answer of the REST API where the store failed; it names nothing of the store. */
export function toRefusal({ fault }: StoreError): ApiError {
  if (fault === 'refused') {
    return new ApiError(
      403,
      'STORE_REFUSED',
      'The store of the backups does not accept the credentials of this service.',
    );
  }
  return new ApiError(
    503,
    'STORE_UNAVAILABLE',
    'The store of the backups does not answer: try again in a while.',
  );
}
