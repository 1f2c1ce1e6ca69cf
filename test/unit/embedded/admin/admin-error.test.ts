import { expect, it } from '@jest/globals';
import { AdminError, toAdminError } from '../../../../src/embedded/admin/admin-error.js';
import { ApiError } from '../../../../src/embedded/api/api-error.js';
import { toStoreError } from '../../../../src/embedded/bucket/store-error.js';
import type { EmbeddedConfig } from '../../../../src/config/config.js';

const FOLDER: EmbeddedConfig['store'] = { kind: 'folder', dir: '/backups', isDefault: false };
const BUCKET = { kind: 'bucket', bucket: 'b' } as EmbeddedConfig['store'];

const ofDisk = (code: string) => Object.assign(new Error(code), { code });
const ofStore = (status: number, name: string, headers = {}) =>
  toStoreError({ name, $metadata: { httpStatusCode: status }, $response: { headers } });

it.each<[string, unknown, EmbeddedConfig['store'], string, string]>([
  [
    'a full disk',
    ofDisk('ENOSPC'),
    FOLDER,
    'usage',
    'the disk is full; free some space (/backups)',
  ],
  [
    'a file that is too large',
    ofDisk('EFBIG'),
    FOLDER,
    'usage',
    'does not allow files of this size',
  ],
  ['a folder of somebody else', ofDisk('EACCES'), FOLDER, 'usage', 'permission denied; run the'],
  ['a read-only mount', ofDisk('EROFS'), FOLDER, 'usage', 'read-only; mount it for writing'],
  ['a disk that fails', ofDisk('EIO'), FOLDER, 'usage', 'EMBEDDED_DIR: the disk failed; check it'],
  ['any other code', ofDisk('EXYZ'), FOLDER, 'usage', 'cannot be read or written (EXYZ)'],
  [
    'a folder that cannot be read',
    new ApiError(503, 'UNAVAILABLE', 'x'),
    FOLDER,
    'usage',
    'the folder cannot be read; check its permissions (/backups)',
  ],
  [
    'a bucket that is missing',
    ofStore(404, 'NoSuchBucket'),
    BUCKET,
    'notFound',
    'NoSuchBucket (HTTP 404). Check the name of the bucket in EMBEDDED_BUCKET',
  ],
  [
    'credentials without the right',
    ofStore(403, 'AccessDenied'),
    BUCKET,
    'refused',
    'AccessDenied (HTTP 403). Check the credentials, as AWS_ACCESS_KEY_ID',
  ],
  [
    'a bucket of another region',
    ofStore(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-3' }),
    BUCKET,
    'usage',
    'set AWS_REGION=eu-west-3',
  ],
  ['a store that fails', ofStore(502, 'Error'), BUCKET, 'network', 'Check AWS_ENDPOINT_URL_S3'],
  [
    'a profile without credentials',
    toStoreError({ name: 'CredentialsProviderError' }),
    { ...BUCKET, profile: 'nope' } as EmbeddedConfig['store'],
    'refused',
    'There are no credentials of the profile nope (AWS_PROFILE)',
  ],
])('says what to do about %s', (_, error, store, fault, words) => {
  const failure = toAdminError(error, store);
  expect(failure).toBeInstanceOf(AdminError);
  expect(failure).toMatchObject({ fault, message: expect.stringContaining(words) });
});

it.each([new Error('x'), ofDisk('ERR_INVALID_ARG_TYPE'), new AdminError('usage', ['x'])])(
  'leaves what is no failure of a store as it is: %s',
  (error) => {
    expect(toAdminError(error, FOLDER)).toBe(error);
  },
);
