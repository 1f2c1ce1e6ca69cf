import { ApiError } from '../http/api-error.js';
import type { StoreError } from './store-error.js';

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
