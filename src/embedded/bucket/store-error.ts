/**
 * Why the store did not do what it was asked:
 * `missing`: there is no such object, upload or bucket;
 * `refused`: it does not let these credentials do it, which some stores say of a missing object too;
 * `changed`: the object is not the one that was expected;
 * `archived`: the object is in cold storage;
 * `unavailable`: it cannot be reached, is slow, or is out of order.
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
  const facts = factsOf(error);
  return new StoreError(faultOf(facts), facts.code, facts.status);
}

interface Facts {
  readonly code: string;
  readonly status: number | undefined;
}

interface SdkError {
  readonly name?: unknown;
  readonly Code?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

function factsOf(error: unknown): Facts {
  if (typeof error !== 'object' || error === null) return { code: 'UNKNOWN', status: undefined };
  const { name, Code, code, $metadata } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  const word = [Code, code, name].find((text) => typeof text === 'string' && isWord(text));
  return {
    code: typeof word === 'string' ? word : 'UNKNOWN',
    status: typeof status === 'number' ? status : undefined,
  };
}

/** A word, and no text that may hold a key or an address. */
function isWord(text: string): boolean {
  return /^[A-Za-z][\w.]{0,63}$/.test(text);
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

function faultOf({ code, status }: Facts): StoreFault {
  const fault = FAULTS.get(code);
  if (fault !== undefined) return fault;
  if (status === 404) return 'missing';
  if (status === 401 || status === 403) return 'refused';
  return status === 409 || status === 412 ? 'changed' : 'unavailable';
}
