import { expect, it } from '@jest/globals';
import { databaseNameOf, fileTypeOf } from '../../../src/domain/backup-file.js';

it.each([
  ['my_test_db.bak', 'my_test_db', 'FULL'],
  ['my_test_db.diff', 'my_test_db', 'INCREMENTAL'],
  ['shop.v2.bak', 'shop.v2', 'FULL'],
  ['订单库.bak', '订单库', 'FULL'],
  ['库😀.diff', '库😀', 'INCREMENTAL'],
  ['my db.bak', 'my db', 'FULL'],
  ['shop.trn', 'shop', null],
  ['shop.BAK', 'shop', null],
  ['shop', 'shop', null],
  ['.bak', '.bak', null],
])('a backup file %s belongs to database %s and has type %s', (name, database, type) => {
  expect({ database: databaseNameOf(name), type: fileTypeOf(name) }).toEqual({ database, type });
});
