import { describe, expect, it } from '@jest/globals';
import {
  isUnavailable,
  type LinkArguments,
  toLinkRequest,
} from '../../../src/domain/download-rules.js';
import type { Engine } from '../../../src/domain/engines.js';
import { ArgumentError } from '../../../src/domain/errors.js';
import { backupOf, filesOf } from '../../helpers/backups.js';

const backup = backupOf({ files: filesOf('shop.bak', 'crm.bak') });
const { regionId, instanceId, backupId } = backup;
const key = { regionId, instanceId, backupId };

function refusal(engine: Engine, args: LinkArguments, expiry: 'fixed' | 'settable' = 'fixed') {
  try {
    toLinkRequest(backup, engine, args, expiry);
  } catch (error) {
    if (error instanceof ArgumentError) return { code: error.code, ...error.details };
    throw error;
  }
  return undefined;
}

describe('the download rules of SQL Server', () => {
  it.each([1, 60, 86_400])('request one file with a lifetime of %d seconds', (expiresIn) => {
    expect(
      toLinkRequest(backup, 'SQL_SERVER', { fileName: 'shop.bak', expiresIn }, 'fixed'),
    ).toEqual({
      variant: 'SqlServer',
      request: { backup: key, fileName: 'shop.bak', lifetime: expiresIn },
    });
  });

  it.each([{}, { expiresIn: null }, { expiresIn: undefined }])(
    'send no lifetime without expiresIn: %j',
    (args) => {
      expect(
        toLinkRequest(backup, 'SQL_SERVER', { fileName: 'crm.bak', ...args }, 'fixed').request,
      ).toEqual({ backup: key, fileName: 'crm.bak' });
    },
  );

  it.each([{}, { fileName: null }, { fileName: '' }])('require a file name: %j', (args) => {
    expect(refusal('SQL_SERVER', args)).toEqual({
      code: 'FILE_NAME_REQUIRED',
      availableFiles: ['shop.bak', 'crm.bak'],
    });
  });

  it.each([{}, { fileName: 'nope.bak' }])('list only the first 100 available files: %j', (args) => {
    const files = Array.from({ length: 5000 }, (_, index) => `db-${index}.bak`);
    const large = backupOf({ files: filesOf(...files) });
    const refused = () => toLinkRequest(large, 'SQL_SERVER', args, 'fixed');
    expect(refused).toThrow(
      expect.objectContaining({
        details: { availableFiles: files.slice(0, 100) },
        message: expect.stringMatching(
          /availableFiles.* the first 100 of 5000; query `files` for all/,
        ),
      }),
    );
  });

  it.each([{}, { fileName: 'nope.bak' }])(
    'ask for no choice where there is no file: %j',
    (args) => {
      const failed = backupOf({ status: 'ERROR', files: [] });
      expect(() => toLinkRequest(failed, 'SQL_SERVER', args, 'fixed')).toThrow(
        expect.objectContaining({
          details: { availableFiles: [] },
          message: 'The backup has no files to download.',
        }),
      );
    },
  );

  it.each([
    'nope.bak',
    'SHOP.BAK',
    'shop.bak ',
    'shop',
    '../../etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    '..\\..\\win.ini',
    '/etc/passwd',
    'shop.bak\u0000.png',
    '.bak',
    '.',
    '..',
  ])('accept only an exact file name: %j', (fileName) => {
    expect(refusal('SQL_SERVER', { fileName })).toEqual({
      code: 'FILE_NOT_IN_BACKUP',
      availableFiles: ['shop.bak', 'crm.bak'],
    });
  });

  it('tell apart Unicode forms of a name', () => {
    const composed = backupOf({ files: filesOf('caf\u00e9.bak') });
    expect(() =>
      toLinkRequest(composed, 'SQL_SERVER', { fileName: 'cafe\u0301.bak' }, 'fixed'),
    ).toThrow(expect.objectContaining({ code: 'FILE_NOT_IN_BACKUP' }));
  });

  it.each([0, -1, 86_401, 864_000, 2_147_483_647, 1.5, Number.NaN])(
    'reject a lifetime of %d seconds',
    (expiresIn) => {
      expect(refusal('SQL_SERVER', { fileName: 'shop.bak', expiresIn })).toEqual({
        code: 'EXPIRES_IN_OUT_OF_RANGE',
      });
    },
  );
});

describe('a SQL Server backup that is still being made', () => {
  const building = backupOf({ status: 'BUILDING' });

  it('has no link yet, whatever file is named', () => {
    const { request } = toLinkRequest(building, 'SQL_SERVER', { fileName: 'any.bak' }, 'fixed');
    expect(request.fileName).toBe('any.bak');
    expect(isUnavailable(building, request.fileName)).toBe(true);
  });

  it('says so where no file is named', () => {
    expect(() => toLinkRequest(building, 'SQL_SERVER', {}, 'fixed')).toThrow(
      expect.objectContaining({
        code: 'FILE_NAME_REQUIRED',
        message: expect.stringContaining('is still being made') as unknown,
      }),
    );
  });
});

it('a backup that lacks files has no link to them, and none to the complete backup', () => {
  const [there, missing] = filesOf('shop.bak', 'crm.bak');
  const files = [there!, { ...missing!, available: false }];
  const partial = backupOf({ files, unavailableFileCount: 1 });
  expect(['shop.bak', 'crm.bak', undefined].map((name) => isUnavailable(partial, name))).toEqual([
    false,
    true,
    true,
  ]);
  expect(isUnavailable(backupOf(), undefined)).toBe(false);
});

describe.each(['MYSQL', 'MARIADB', 'PERCONA'] as const)('the download rules of %s', (engine) => {
  it.each([{}, { fileName: null, expiresIn: null }, { expiresIn: 86_400 }])(
    'request the whole backup and send no arguments: %j',
    (args) => {
      expect(toLinkRequest(backup, engine, args, 'fixed')).toEqual({
        variant: 'MySql',
        request: { backup: key },
      });
    },
  );

  it.each(['shop.bak', 'nope', ''])('reject a file name: %j', (fileName) => {
    expect(refusal(engine, { fileName })?.code).toBe('FILE_NAME_NOT_SUPPORTED');
  });

  it.each([0, 1, 300, 86_399, 86_401])(
    'reject a lifetime of %d seconds while it is fixed',
    (expiresIn) => {
      expect(refusal(engine, { expiresIn })).toEqual({ code: 'EXPIRES_IN_NOT_SUPPORTED' });
    },
  );

  it('send a lifetime of 1 to 86400 seconds if it is settable', () => {
    const requests = [1, 300, 86_400].map(
      (expiresIn) => toLinkRequest(backup, engine, { expiresIn }, 'settable').request.lifetime,
    );
    expect(requests).toEqual([1, 300, 86_400]);
    expect(refusal(engine, { expiresIn: 86_401 }, 'settable')?.code).toBe(
      'EXPIRES_IN_OUT_OF_RANGE',
    );
  });
});

it('rejects backups of PostgreSQL as unsupported', () => {
  expect(refusal('POSTGRESQL', {})).toEqual({ code: 'ENGINE_UNSUPPORTED' });
});
